import PostgresClient

/// An index of the extension's on a column, and the operator whose order it returns.
struct VerifiedIndex {
  /// The index's name without its schema, as plans show it.
  var name: String
  var accessMethod: String
  /// Without its schema, such as `<->`.
  var operatorName: String
  /// In the form that SQL text needs, with its schema.
  var qualifiedOperator: String
  var bytes: Int

  /// Finds the index to verify on a column of a table.
  ///
  /// `table` is quoted for SQL, `column` as the catalogue has it; `wanted` names one index of
  /// several.
  static func find(
    on connection: Connection, table: String, column: String, wanted: String?
  ) throws -> VerifiedIndex {
    let indexes = try all(on: connection, table: table, column: column)
    if let wanted {
      guard let index = indexes.first(where: { $0.name == wanted }) else {
        throw CommandFailure(
          "\(table) has no index \"\(wanted)\" of the extension lantern on column \"\(column)\"",
          hint: indexes.isEmpty ? nil : "there is \(indexes.map(\.name).joined(separator: ", "))")
      }
      return index
    }
    guard let index = indexes.first else {
      throw CommandFailure(
        "\(table) has no index of the extension lantern on column \"\(column)\"",
        hint: "CREATE INDEX ON \(table) USING lantern_hnsw (\(column))")
    }
    guard indexes.count == 1 else {
      throw CommandFailure(
        "\(table) has \(indexes.count) indexes on column \"\(column)\"",
        hint: "name one with --index: \(indexes.map(\.name).joined(separator: ", "))")
    }
    return index
  }

  /// Every valid index of an access method that belongs to the extension, except partial ones.
  private static func all(
    on connection: Connection, table: String, column: String
  ) throws -> [VerifiedIndex] {
    try connection.query(
      """
      SELECT ic.relname, am.amname, op.oprname,
             format('OPERATOR(%I.%s)', ns.nspname, op.oprname), pg_relation_size(ic.oid)
      FROM pg_index i
      JOIN pg_class ic ON ic.oid = i.indexrelid
      JOIN pg_am am ON am.oid = ic.relam
      JOIN pg_depend d ON d.classid = 'pg_am'::regclass AND d.objid = am.oid AND d.deptype = 'e'
      JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      JOIN pg_opclass oc ON oc.oid = i.indclass[0]
      JOIN pg_amop ao ON ao.amopfamily = oc.opcfamily AND ao.amoplefttype = oc.opcintype
      JOIN pg_operator op ON op.oid = ao.amopopr
      JOIN pg_namespace ns ON ns.oid = op.oprnamespace
      WHERE e.extname = 'lantern' AND i.indrelid = $1::regclass AND a.attname = $2
        AND i.indisvalid AND i.indpred IS NULL AND ao.amoppurpose = 'o' AND op.oprname <> '<?>'
      ORDER BY ic.relname
      """, [.text(table), .text(column)]
    ).rows.map { row in
      VerifiedIndex(
        name: try row.value(0), accessMethod: try row.value(1), operatorName: try row.value(2),
        qualifiedOperator: try row.value(3), bytes: try row.value(4))
    }
  }
}
