"""SMO Reports: labeling quality, causes and staffing, with the evidence beside every number."""
