import CPostgres
import HNSW
import Vectors

/// What a build does with maintenance_work_mem.
struct BuildMemory {
  /// The graph's.
  let layout: GraphLayout
  /// What each participant may use to make codes, where the graph has them.
  let codingBytes: Int

  /// A participant's part for the rows that wait to be inserted.
  static var batchBytes: Int { lantern_maintenance_memory() / 64 }

  /// As large a graph as memory allows, and as the table has rows; emits a notice when the former is
  /// the lesser. Where there is room for all of it, nodes keep codes of their neighbours: searches
  /// then go by estimates, which takes less time and about 2.4 times the memory.
  ///
  /// Shared memory is taken at once, so its size follows the estimate of the rows, with a margin.
  /// Other memory is taken only as it fills, so there may be as much as the pages can hold rows.
  init(_ shape: IndexShape, of table: BuiltTable, workers: Int) {
    let rows = unsafe lantern_estimated_rows(table.heap)
    let needed = rows * Double(GraphLayout.bytesPerNode(format: shape.format, m: shape.m))
    // A predicate may leave only a few of the rows.
    if unsafe table.info.pointee.ii_Predicate == nil,
      needed > Double(lantern_maintenance_memory())
    {
      lantern_notice_memory_needed(Int64(rows), Int64(needed / 1024))
    }
    let pages = Int(unsafe lantern_block_count(table.heap, MAIN_FORKNUM))
    let nodes = min(
      workers > 0 ? Int(rows * 1.25) &+ 1000 : (pages &+ 1) &* 300, Int(VertexID.limit) &- 1)
    let bytes = lantern_maintenance_memory() &- (workers &+ 1) &* Self.batchBytes
    if let memory = BuildMemory(
      coding: shape, rows: rows, nodes: nodes, bytes: bytes, participants: workers &+ 1)
    {
      self = memory
    } else {
      layout = GraphLayout(format: shape.format, m: shape.m, nodes: nodes, bytes: bytes)
      codingBytes = 0
    }
  }

  /// A graph with codes; nil where the index has none, or the rows would need more memory.
  private init?(coding shape: IndexShape, rows: Double, nodes: Int, bytes: Int, participants: Int) {
    guard let code = shape.code else { return nil }
    let perNode = GraphLayout.bytesPerNode(format: shape.format, m: shape.m, code: code)
    let spare = Double(bytes) - rows * 1.05 * Double(perNode)
    // Twice what all take, as the places for them are a power of two.
    let most = rows * 2 * Double(code.rotated &* MemoryLayout<Float>.stride)
    let share = min(spare / Double(participants), most)
    if share < Double(RotatedVectors.leastBytes) && share < most { return nil }
    codingBytes = Int(share)
    layout = GraphLayout(
      format: shape.format, m: shape.m, code: code, nodes: nodes,
      bytes: bytes &- participants &* codingBytes)
  }
}
