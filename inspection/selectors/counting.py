"""How raw inspections are counted, in one place: the rollups store what this says of whole hours,
and readers use it on what is not rolled up. DOMAIN.md's terms are in inspection/README.md.
"""

DECIDED = "(i.verdict IN ('OK', 'NG', 'REVIEW') AND NOT i.late)"
FIRST = f"({DECIDED} AND i.attempt = 1)"
NG_FINAL = """(CASE i.outcome WHEN 'real_defect' THEN true WHEN 'false_call' THEN false
    ELSE i.verdict = 'NG' END)"""
HOUR = "date_trunc('hour', i.captured_at, 'UTC')"

SUMS = (
    "triggered", "decided", "first", "ok", "ng", "review", "error", "late", "verified",
    "review_open", "ng_final", "ng_model", "false_calls", "findings", "latency_ms",
)  # fmt: skip
# Aggregates over inspection rows `i`, by the names of HourCount's columns.
COUNTS = f"""
    count(*) AS triggered,
    count(*) FILTER (WHERE {DECIDED}) AS decided,
    count(*) FILTER (WHERE {FIRST}) AS first,
    count(*) FILTER (WHERE {FIRST} AND i.verdict = 'OK') AS ok,
    count(*) FILTER (WHERE {FIRST} AND i.verdict = 'NG') AS ng,
    count(*) FILTER (WHERE {FIRST} AND i.verdict = 'REVIEW') AS review,
    count(*) FILTER (WHERE i.verdict = 'ERROR' AND NOT i.late) AS error,
    count(*) FILTER (WHERE i.late) AS late,
    count(*) FILTER (WHERE {FIRST} AND i.outcome <> '') AS verified,
    count(*) FILTER (WHERE {FIRST} AND i.verdict = 'REVIEW' AND i.outcome = '') AS review_open,
    count(*) FILTER (WHERE {FIRST} AND {NG_FINAL}) AS ng_final,
    count(*) FILTER (WHERE {FIRST} AND i.verdict = 'NG') AS ng_model,
    count(*) FILTER (WHERE {FIRST} AND i.verdict = 'NG' AND i.outcome = 'false_call')
        AS false_calls,
    coalesce(sum(f.n) FILTER (WHERE {FIRST}), 0) AS findings,
    coalesce(sum((i.latency_ms->>'total')::float8) FILTER (WHERE {DECIDED}), 0) AS latency_ms
"""
# Decisive findings of an inspection, for COUNTS.
FOUND = """
    LEFT JOIN LATERAL (
        SELECT count(*) AS n FROM inspection_finding x
        WHERE x.captured_day = i.captured_day AND x.inspection_id = i.id AND x.decisive
    ) f ON i.verdict <> 'OK'
"""
CLASS_SUMS = ("findings", "units", "findings_final", "units_final")
CLASS_COUNTS = f"""
    count(*) AS findings,
    count(DISTINCT i.id) AS units,
    count(*) FILTER (WHERE {NG_FINAL}) AS findings_final,
    count(DISTINCT i.id) FILTER (WHERE {NG_FINAL}) AS units_final
"""
CLASS_FOUND = f"""
    JOIN inspection_finding f ON f.captured_day = i.captured_day AND f.inspection_id = i.id
        AND f.decisive AND {FIRST}
"""
KEYS = ("line_id", "station_id", "product_id", "model_id", "mode")
