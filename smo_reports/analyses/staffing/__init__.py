"""Staffing: from arrivals and working hours to how many people are needed, and when."""
