-- What the cells of one level come out as; compared with what is stored before anything is written. The columns are those
-- of rollup_item, written out: of a table that a query made empty (… AS FROM rollup_item LIMIT 0), DuckDB 2.0 gives back
-- nothing once more than 122,880 rows went into it in the same transaction.
CREATE OR REPLACE TEMP TABLE fresh (
    period_kind      period_kind,
    data_item_id     BIGINT,
    period_start     TIMESTAMP,
    quantity         DOUBLE,
    tce              DOUBLE,
    measured_ratio   DOUBLE,
    estimated_ratio  DOUBLE,
    missing_ratio    DOUBLE,
    source_stat_type UTINYINT,
    factor_id        VARCHAR,
    enterprise_id    BIGINT,
    energy_key       VARCHAR,
    counts_in_total  BOOLEAN
);
