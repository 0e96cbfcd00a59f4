"""What visitors are asked: versions in three languages, of an organisation or of an independent evaluator."""
