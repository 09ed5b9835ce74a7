import CPostgres
import HNSW
import Vectors

/// A node that a scan has found, with the interval that its rows' true distances lie in.
struct ScanRow: BitwiseCopyable {
  let lower: Float
  let upper: Float
  let residual: Float
  let vertex: VertexID
  /// The head of the chain of further TIDs, or `.none`.
  let chain: UInt32
  let tid: UInt64
  /// False when the row of the node's first TID was vacuumed, and only the chain has others.
  let hasTID: Bool

  /// A row at a distance from the query, as stored. Nil when the node is being removed.
  init?(_ record: VertexRecord, vertex: VertexID, distance: Float, _ query: ScanQuery) {
    let header = record.header
    if !record.isLive { return nil }
    let code = record.code
    let bounds = query.bounds.bounds(stored: distance, code: code)
    residual = code.residual
    lower = bounds.lower
    upper = bounds.upper
    self.vertex = vertex
    chain = header.owner
    tid = lantern_tid_payload(header.tid)
    hasTID = lantern_tid_is_valid(header.tid)
  }

  /// A row whose distance is unknown: scans without a query return all rows in the heap's order.
  init?(unordered record: VertexRecord, vertex: VertexID) {
    let header = record.header
    if !record.isLive { return nil }
    lower = 0
    upper = 0
    residual = 0
    self.vertex = vertex
    chain = header.owner
    tid = lantern_tid_payload(header.tid)
    hasTID = lantern_tid_is_valid(header.tid)
  }

  /// The order in which a scan hands rows out: by the lower bound, rows at the same distance in the
  /// heap's order.
  static func precedes(_ left: ScanRow, _ right: ScanRow) -> Bool {
    left.lower < right.lower || (left.lower == right.lower && left.tid < right.tid)
  }
}
