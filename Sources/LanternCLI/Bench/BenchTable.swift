import PostgresClient

/// The table of one contender, with its index.
struct BenchTable {
  var connection: Connection
  var contender: Contender
  /// Quoted for SQL, with its schema.
  var table: String
  /// Quoted for SQL, with its schema.
  var index: String
  /// The index's name as plans show it.
  var indexName: String

  init(in schema: BenchSchema, _ contender: Contender) {
    connection = schema.connection
    self.contender = contender
    table = "\(schema.name).\(contender.name)"
    indexName = "\(contender.name)_v_idx"
    index = "\(schema.name).\(indexName)"
  }

  /// What is ready to be searched.
  struct Built {
    var build: BuildCost
    /// Whether an earlier run left it.
    var isReused: Bool
    var indexBytes: Int
    var tableBytes: Int
  }

  /// Loads the vectors, or those of the rows in `only`, and builds the index, or finds both as
  /// `reuse` allows. `columns` are further ones, as SQL.
  func prepare(
    _ vectors: VectorSet, only rows: [Int]? = nil, in schema: BenchSchema, reuse: Bool,
    columns: String = "", progress: IndexProgress
  ) throws -> Built {
    let rows = rows ?? Array(vectors.indices)
    let contents = TableContents(
      rows: rows.count, dimensions: vectors.dimensions, checksum: vectors.checksum)
    if try !reuse || comment(of: table) != contents {
      try schema.drop(table)
      try load(vectors, rows, columns: columns, contents)
    }
    let left: IndexContents? = try comment(of: index)
    let isReused =
      left?.operatorClass == contender.operatorClass && left?.options == contender.options
    let cost = isReused ? left?.build : nil
    return try Built(
      build: cost ?? build(rows: rows.count, progress: progress), isReused: isReused,
      indexBytes: indexBytes(), tableBytes: size(of: table))
  }

  func indexBytes() throws -> Int { try size(of: index) }

  private func comment<Contents: Decodable>(of relation: String) throws -> Contents? {
    BenchComment.decode(
      try connection.query(
        "SELECT obj_description(to_regclass($1), 'pg_class')", [.text(relation)]
      ).rows[0].optional(0))
  }

  private func setComment(_ contents: some Encodable, on relation: String) throws {
    let text = try BenchComment.encode(contents).replacing("'", with: "''")
    try connection.query("COMMENT ON \(relation) IS '\(text)'")
  }

  private func size(of relation: String) throws -> Int {
    try connection.query("SELECT pg_relation_size($1::regclass)", [.text(relation)]).single()
  }

  private func load(
    _ vectors: VectorSet, _ rows: [Int], columns: String, _ contents: TableContents
  ) throws {
    var progress = ProgressBar()
    defer { progress.clear() }
    try connection.transaction {
      try connection.query("CREATE TABLE \(table) (id integer, v \(contender.type)\(columns))")
      // A vector beside its row, and not compressed: what is measured is the index.
      try connection.query("ALTER TABLE \(table) ALTER v SET STORAGE PLAIN")
      try contender.copy(rows, of: vectors, into: table, on: connection) {
        progress.update("loading \(contender.name)", done: $0, of: rows.count)
      }
      try setComment(contents, on: "TABLE \(table)")
    }
    // Else the first searches would set the hint bits of the rows that they meet.
    try connection.query("VACUUM (ANALYZE) \(table)")
  }

  private func build(rows: Int, progress: IndexProgress) throws -> BuildCost {
    let exists: Bool = try connection.query("SELECT to_regclass($1) IS NOT NULL", [.text(index)])
      .single()
    if exists { try connection.query("DROP INDEX \(index)") }
    // The time of workers would be missing from the backend's.
    try connection.query("SET max_parallel_maintenance_workers = 0")
    let cpu = BackendCPU(pid: connection.backendPID)
    let (wal, used, start) = (try walPosition(), cpu?.seconds, ContinuousClock.now)
    try progress.run(
      """
      CREATE INDEX \(indexName) ON \(table) USING \(contender.accessMethod) \
      (v \(contender.operatorClass)) WITH (\(contender.storageParameters))
      """, on: connection, rows: rows, label: contender.name)
    let time = seconds(ContinuousClock.now - start)
    let cost = BuildCost(
      seconds: time, cpuSeconds: cpu?.seconds.flatMap { end in used.map { end - $0 } },
      walBytes: try walPosition() - wal)
    try setComment(
      IndexContents(
        operatorClass: contender.operatorClass, options: contender.options, build: cost),
      on: "INDEX \(index)")
    return cost
  }

  /// Bytes of write-ahead log since the cluster was made.
  private func walPosition() throws -> Int {
    try connection.query("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint").single()
  }
}
