SELECT DISTINCT year(month) AS year FROM account_month ORDER BY year;
