import PostgresClient

/// Searches with the same vectors by an index and exactly, and compares what comes back.
///
/// Runs in one read-only transaction on one snapshot, so rows that others change meanwhile cannot
/// look like errors of the index.
struct Verification {
  var connection: Connection
  /// Quoted for SQL.
  var table: String
  /// Quoted for SQL.
  var column: String
  var index: VerifiedIndex
  /// Neighbours to look for.
  var k: Int

  /// The rows that one search returned, and the seconds from sending it to having them.
  struct Search {
    var neighbours: [Neighbour]
    var seconds: Double
  }

  /// Searches with every vector by scanning the whole table.
  func searchExactly(_ queries: [QueryVector]) throws -> [Search] {
    try set(["enable_seqscan = on", "enable_indexscan = off"])
    let plan = try prepare(excludesRow: queries[0].row != nil, as: "exact_search")
    guard try !explain(plan, queries[0]).scannedIndexes.contains(index.name) else {
      throw CommandFailure("exact search cannot be had: the server uses the index regardless")
    }
    return try search(queries, with: plan, label: "exact search")
  }

  /// Searches with every vector by the index; `ef` is lantern_hnsw.ef, nil for the index's own.
  func searchIndex(_ queries: [QueryVector], ef: Int?) throws -> [Search] {
    try set(
      ["enable_seqscan = off", "enable_indexscan = on"]
        + (ef.map { ["lantern_hnsw.ef = \($0)"] } ?? []))
    let plan = try prepare(excludesRow: queries[0].row != nil, as: "index_search")
    let explained = try explain(plan, queries[0])
    guard explained.scannedIndexes.contains(index.name) else {
      throw CommandFailure(
        "the server does not use \(index.name) for this search but \(explained.summary)")
    }
    return try search(queries, with: plan, label: "index")
  }

  private func set(_ settings: [String]) throws {
    // A generic plan is made once, so the plan that EXPLAIN shows is the one that is timed.
    // Compiling expressions would make exact search look slower than it is.
    for setting in settings + ["plan_cache_mode = force_generic_plan", "jit = off"] {
      try connection.query("SET LOCAL \(setting)")
    }
  }

  private func prepare(excludesRow: Bool, as name: String) throws -> PreparedStatement {
    let distance = "\(column) \(index.qualifiedOperator) $1"
    return try connection.prepare(
      name,
      """
      SELECT ctid::text, \(distance) FROM \(table) \(excludesRow ? "WHERE ctid <> $2" : "")
      ORDER BY \(distance) LIMIT \(k)
      """)
  }

  private func explain(_ statement: PreparedStatement, _ query: QueryVector) throws -> QueryPlan {
    let arguments = ([query.text] + (query.row.map { [$0] } ?? [])).map { "'\($0)'" }
    return try QueryPlan(
      json: connection.query(
        "EXPLAIN (FORMAT JSON) EXECUTE \(statement.name)(\(arguments.joined(separator: ", ")))"
      ).single())
  }

  private func search(
    _ queries: [QueryVector], with statement: PreparedStatement, label: String
  ) throws -> [Search] {
    var progress = ProgressBar()
    defer { progress.clear() }
    // The first search also loads the library and fills caches, which is not what is to be timed.
    _ = try search(queries[0], with: statement)
    var searches: [Search] = []
    for query in queries {
      searches.append(try search(query, with: statement))
      progress.update(label, done: searches.count, of: queries.count)
    }
    return searches
  }

  private func search(_ query: QueryVector, with statement: PreparedStatement) throws -> Search {
    let parameters = [query.value] + (query.row.map { [.text($0)] } ?? [])
    let start = ContinuousClock.now
    let result = try statement.run(parameters, binary: true)
    let time = seconds(ContinuousClock.now - start)
    let neighbours = try result.rows.compactMap { row in
      // Exact search returns rows without a vector where nothing else is left.
      try row.optional(1).map { Neighbour(row: try row.value(0), distance: $0) }
    }
    return Search(neighbours: neighbours, seconds: time)
  }
}
