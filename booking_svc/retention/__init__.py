"""Names and contacts are kept as long as the organisation's rule says, then erased; figures stay."""
