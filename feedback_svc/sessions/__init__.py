"""The ten minutes in which a questionnaire is answered, once."""
