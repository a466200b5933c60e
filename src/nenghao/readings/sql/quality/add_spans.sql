INSERT INTO quality_span BY NAME SELECT * FROM widened;
