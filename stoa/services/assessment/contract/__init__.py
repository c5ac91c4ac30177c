"""The published language of assessment: problems, views, results and the port."""
