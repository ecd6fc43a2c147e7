"""Pages made on the workers of a Dask cluster; plan, ledger, locks and publishing stay with the program that asks."""
