"""People: how somebody is called and how they like the platform to be."""
