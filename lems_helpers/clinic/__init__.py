"""Floor 2: diseases, treatments and what the clinic measures, on any junction.

Diseases and treatments are functions from a junction to a junction, and compose.
"""
