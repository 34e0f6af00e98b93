"""Lambert-Eaton at the Junction: the model, the clinic, the evidence and the lab of the course."""
