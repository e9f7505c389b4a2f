"""How raw inspections are counted, in one place: the rollups store what this says of whole hours,
and readers use it on what is not rolled up. DOMAIN.md's terms are in inspection/README.md.
"""

# Every unit that the line waited for: ERROR is one, though its row is written behind the answer.
TRIGGERED = "(i.verdict = 'ERROR' OR NOT i.late)"
DECIDED = "(i.verdict IN ('OK', 'NG', 'REVIEW') AND NOT i.late)"
FIRST = f"({DECIDED} AND i.attempt = 1)"
NG_FINAL = """(CASE i.outcome WHEN 'real_defect' THEN true WHEN 'false_call' THEN false
    ELSE i.verdict = 'NG' END)"""
# A person who cannot judge has verified nothing.
VERIFIED = "(i.outcome IN ('real_defect', 'false_call'))"
QUARTER = "date_bin('15 minutes', i.captured_at, 'epoch')"  # every zone's days begin at one

SUMS = (
    "triggered", "decided", "first", "ok", "ng", "review", "error", "late", "verified",
    "review_open", "ng_final", "ng_model", "false_calls", "findings", "latency_ms",
)  # fmt: skip
# Aggregates over inspection rows `i`, by the names of HourCount's columns.
COUNTS = f"""
    count(*) FILTER (WHERE {TRIGGERED}) AS triggered,
    count(*) FILTER (WHERE {DECIDED}) AS decided,
    count(*) FILTER (WHERE {FIRST}) AS first,
    count(*) FILTER (WHERE {FIRST} AND i.verdict = 'OK') AS ok,
    count(*) FILTER (WHERE {FIRST} AND i.verdict = 'NG') AS ng,
    count(*) FILTER (WHERE {FIRST} AND i.verdict = 'REVIEW') AS review,
    count(*) FILTER (WHERE i.verdict = 'ERROR') AS error,
    count(*) FILTER (WHERE i.late AND i.model_verdict <> 'ERROR') AS late,
    count(*) FILTER (WHERE {FIRST} AND {VERIFIED}) AS verified,
    count(*) FILTER (WHERE {FIRST} AND i.verdict = 'REVIEW' AND NOT {VERIFIED}) AS review_open,
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
CLASS_COUNTS = """
    sum(f.found) AS findings,
    count(*) FILTER (WHERE f.found > 0) AS units,
    sum(f.final) AS findings_final,
    count(*) FILTER (WHERE f.final > 0) AS units_final
"""
DECISIVE = """inspection_finding x
            WHERE x.captured_day = i.captured_day AND x.inspection_id = i.id AND x.decisive"""
# By unit and class: what the engine found (`found`), and what it is in the final layer (`final`).
# A person who names the class decides it; a defect without any class stands under NULL.
CLASS_FOUND = f"""
    LEFT JOIN LATERAL (
        SELECT d.defect_class_id AS named FROM inspection_disposition d
        WHERE d.captured_day = i.captured_day AND d.inspection_id = i.id
            AND d.undone_at IS NULL AND i.outcome = 'real_defect'
        ORDER BY d.at DESC LIMIT 1
    ) p ON true
    JOIN LATERAL (
        SELECT c.defect_class_id, sum(c.found) AS found, sum(c.final) AS final FROM (
            SELECT x.defect_class_id, 1 AS found, ({NG_FINAL}
                AND (p.named IS NULL OR p.named = x.defect_class_id))::int AS final
            FROM {DECISIVE}
            UNION ALL
            SELECT p.named, 0, 1 WHERE {NG_FINAL} AND NOT EXISTS (
                SELECT 1 FROM {DECISIVE} AND (p.named IS NULL OR p.named = x.defect_class_id))
        ) c GROUP BY c.defect_class_id
    ) f ON {FIRST} AND (i.verdict <> 'OK' OR i.outcome = 'real_defect')
"""  # noqa: S608 - our own names
KEYS = ("line_id", "station_id", "product_id", "model_id", "mode")
