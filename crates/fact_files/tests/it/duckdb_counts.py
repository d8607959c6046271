"""Runs one SQL text over an exported folder in DuckDB: duckdb_counts.py FOLDER SQL. One line of tab-separated fields per row."""

import sys

import duckdb

folder, sql = sys.argv[1:]
connection = duckdb.connect()
connection.execute(f"create view event as select * from read_parquet('{folder}/event/*/*.parquet', hive_partitioning = false)")
connection.execute(f"create view span as select * from read_parquet('{folder}/span/*.parquet')")
for row in connection.execute(sql).fetchall():
    print(*row, sep="\t")
