-- What the cells of one level come out as; compared with what is stored before anything is written.
CREATE OR REPLACE TEMP TABLE fresh AS FROM rollup_item LIMIT 0;
