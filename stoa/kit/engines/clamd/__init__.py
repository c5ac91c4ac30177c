"""The scanner of ClamAV."""
