-- What the readings and ledgers say of every flow, for the months of `asked`. Of an item without a stated flow the rule
-- decides: what counts in the total was purchased (or, where the ledger says what was purchased, consumed); usage 30 was
-- produced; a process's other items say what it consumed; units' and equipment's items stay below the account. Where
-- readings and ledger name the same flow, the readings count, unless they know nothing. What a process outside the
-- boundary uses leaves it, what it makes enters it. Where it is known what was purchased and not what was consumed, the
-- consumption follows from the balance.
WITH bought AS (
    SELECT DISTINCT enterprise_id, month, energy_key FROM figure WHERE flow = 'purchased'
),
cell AS (
    SELECT cell.enterprise_id, CAST(cell.period_start AS DATE) AS month, cell.energy_key, cell.data_item_id,
        item.data_code, item.scope, item.data_code[1:2] AS process, item.data_code[19:20] = '30' AS made,
        cell.counts_in_total AS counts, cell.quantity, cell.measured_ratio, cell.missing_ratio
    FROM rollup_item AS cell
    JOIN asked ON asked.enterprise_id = cell.enterprise_id AND asked.month = CAST(cell.period_start AS DATE)
    JOIN data_item AS item ON item.id = cell.data_item_id
    WHERE cell.period_kind = 'month' AND cell.energy_key <> '' AND cell.period_start >= $start AND cell.period_start < $until
),
told AS (
    SELECT cell.*, stated.flow AS stated_flow, stated.unit_code AS stated_unit, bought.month IS NOT NULL AS is_bought
    FROM cell
    LEFT JOIN stated ON stated.data_item_id = cell.data_item_id AND cell.month >= stated.from_month
        AND (stated.until_month IS NULL OR cell.month < stated.until_month)
    LEFT JOIN bought ON bought.enterprise_id = cell.enterprise_id AND bought.month = cell.month
        AND bought.energy_key = cell.energy_key
),
flowing AS (
    SELECT enterprise_id, month, stated_unit AS unit_code, energy_key, stated_flow AS flow, data_item_id, data_code,
        quantity, measured_ratio, missing_ratio
    FROM told WHERE stated_flow <> 'none'
    UNION ALL
    SELECT enterprise_id, month, '', energy_key,
        CASE WHEN made AND NOT counts THEN 'produced' WHEN is_bought THEN 'consumed' ELSE 'purchased' END,
        data_item_id, data_code, quantity, measured_ratio, missing_ratio
    FROM told WHERE stated_flow IS NULL AND (counts OR (scope = 1 AND made))
    UNION ALL
    SELECT enterprise_id, month, process, energy_key, CASE WHEN made THEN 'produced' ELSE 'consumed' END,
        data_item_id, data_code, quantity, measured_ratio, missing_ratio
    FROM told WHERE stated_flow IS NULL AND scope = 2
),
metered AS (
    SELECT enterprise_id, month, unit_code, energy_key, flow,
        list_sum(list(quantity ORDER BY data_item_id)) AS quantity,  -- in one order: the same rows give the same bits
        list_avg(list(measured_ratio ORDER BY data_item_id)) AS measured_ratio,
        list_avg(list(missing_ratio ORDER BY data_item_id)) AS missing_ratio,
        string_agg('reading:' || data_code, ';' ORDER BY data_code) AS sources
    FROM flowing
    GROUP BY ALL
),
filed AS (
    SELECT enterprise_id, month, '' AS unit_code, energy_key, flow, quantity, 'ledger:' || kind AS sources
    FROM figure WHERE flow <> ''
),
known AS (
    SELECT enterprise_id, month, unit_code, energy_key, flow,
        metered.quantity IS NULL AND filed.quantity IS NOT NULL AS by_ledger,
        coalesce(metered.quantity, filed.quantity) AS quantity,
        CASE WHEN by_ledger THEN 1.0 ELSE metered.measured_ratio END AS measured_ratio,
        CASE WHEN by_ledger THEN 0.0 ELSE metered.missing_ratio END AS missing_ratio,
        CASE WHEN by_ledger THEN filed.sources ELSE metered.sources END AS sources
    FROM metered
    FULL JOIN filed USING (enterprise_id, month, unit_code, energy_key, flow)
),
crossing AS (
    SELECT enterprise_id, month, energy_key, known.unit_code, quantity, measured_ratio, missing_ratio,
        CASE WHEN flow IN ('consumed', 'lost') THEN 'exported' ELSE 'purchased' END AS flow
    FROM known
    JOIN outside USING (enterprise_id, month, unit_code)
    WHERE flow IN ('consumed', 'lost', 'produced', 'recovered')
),
crossed AS (
    SELECT enterprise_id, month, energy_key, flow, list_sum(list(quantity ORDER BY unit_code)) AS quantity,
        list_avg(list(measured_ratio ORDER BY unit_code)) AS measured_ratio,
        list_avg(list(missing_ratio ORDER BY unit_code)) AS missing_ratio
    FROM crossing
    GROUP BY ALL
),
inside AS (
    SELECT known.enterprise_id, known.month, known.unit_code, known.energy_key, known.flow,
        CASE WHEN gone.quantity IS NULL THEN known.quantity ELSE greatest(0, known.quantity - gone.quantity) END AS quantity,
        known.measured_ratio, known.missing_ratio,
        known.sources || CASE WHEN gone.quantity IS NULL THEN '' ELSE ';rule:boundary' END AS sources
    FROM known
    LEFT JOIN outside USING (enterprise_id, month, unit_code)
    LEFT JOIN crossed AS gone ON gone.enterprise_id = known.enterprise_id AND gone.month = known.month
        AND gone.energy_key = known.energy_key AND gone.flow = 'exported'
        AND known.flow = 'consumed' AND known.unit_code = ''
    WHERE outside.unit_code IS NULL
),
bordered AS (
    SELECT enterprise_id, month, unit_code, energy_key, flow,
        CASE WHEN inside.enterprise_id IS NULL THEN crossed.quantity
             WHEN crossed.enterprise_id IS NULL THEN inside.quantity ELSE inside.quantity + crossed.quantity END AS quantity,
        coalesce(inside.measured_ratio, crossed.measured_ratio) AS measured_ratio,
        coalesce(inside.missing_ratio, crossed.missing_ratio) AS missing_ratio,
        concat_ws(';', inside.sources, CASE WHEN crossed.enterprise_id IS NOT NULL THEN 'rule:boundary' END) AS sources
    FROM inside
    FULL JOIN (SELECT *, '' AS unit_code FROM crossed) AS crossed
        USING (enterprise_id, month, unit_code, energy_key, flow)
),
whole AS (  -- a flow that is known for the whole plant is not added up from its parts again
    SELECT enterprise_id, month, energy_key, flow,
        CASE WHEN bool_or(unit_code = '') THEN any_value(quantity) FILTER (unit_code = '')
             ELSE list_sum(list(quantity ORDER BY unit_code)) END AS quantity,
        count(*) = count(quantity) OR bool_or(unit_code = '' AND quantity IS NOT NULL) AS is_known,
        bool_or(unit_code = '') AS by_plant, list_avg(list(measured_ratio ORDER BY unit_code)) AS measured_ratio,
        list_avg(list(missing_ratio ORDER BY unit_code)) AS missing_ratio
    FROM bordered
    GROUP BY ALL
),
balance AS (  -- one stock alone says nothing about the change of stock
    SELECT enterprise_id, month, energy_key,
        CASE WHEN bool_and(is_known) FILTER (part <> 0)
             THEN greatest(0, list_sum(list(part * quantity ORDER BY flow) FILTER (part <> 0))) END AS quantity,
        any_value(measured_ratio) FILTER (flow = 'purchased') AS measured_ratio,
        any_value(missing_ratio) FILTER (flow = 'purchased') AS missing_ratio
    FROM (
        SELECT *, CASE WHEN flow IN ('purchased', 'produced', 'recovered') THEN 1 WHEN flow IN ('exported', 'lost') THEN -1
                       WHEN stocks = 2 AND flow = 'opening_stock' THEN 1 WHEN stocks = 2 AND flow = 'closing_stock' THEN -1
                       ELSE 0 END AS part
        FROM (
            SELECT *, count(*) FILTER (flow LIKE '%_stock') OVER (PARTITION BY enterprise_id, month, energy_key) AS stocks
            FROM whole
        )
    )
    GROUP BY ALL
    HAVING bool_or(flow = 'purchased') AND NOT bool_or(flow = 'consumed' AND by_plant)
)
SELECT enterprise_id, month, unit_code, energy_key, flow, quantity, measured_ratio, missing_ratio, sources FROM bordered
UNION ALL
SELECT enterprise_id, month, '', energy_key, 'consumed', quantity, measured_ratio, missing_ratio, 'rule:balance' FROM balance
ORDER BY enterprise_id, month, energy_key, unit_code, flow;
