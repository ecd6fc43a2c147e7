"""Other faces of a run's page, for who does not read HTML: all from what its exhibits left, so that numbers agree."""
