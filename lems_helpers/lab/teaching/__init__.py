"""For those who teach the course: guide, routes and editions, all made from the notebooks."""
