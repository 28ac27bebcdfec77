"""The pure engine: periods, satisfaction from counts, ranks, small cells, tables, explanations. No clock, IO or chance."""
