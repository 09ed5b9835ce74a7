import CPostgres
import HNSW
import Vectors

/// What a build is called with, by the server or, in a worker, by the leader's word.
@safe struct BuiltTable {
  let heap: Relation
  let index: Relation
  let info: UnsafeMutablePointer<IndexInfo>
}

/// How the leader goes about a build: whether with workers, and how large the graph may become.
///
/// Workers need a graph of fixed capacity, and so the dimensions, before the first row is read. A
/// table without a row that tells them is built without workers: there is next to nothing to do.
@safe struct BuildPlan {
  let build: UnsafeMutablePointer<LanternBuild>
  /// A participant's part of maintenance_work_mem, for the rows that wait to be inserted.
  static var batchBytes: Int { lantern_maintenance_memory() / 64 }

  /// Nil for a build without.
  let workers: OpaquePointer?
  /// The graph's layout; nil when the first row will tell the dimensions.
  let layout: GraphLayout?

  /// Emits a notice when the graph is not going to fit into maintenance_work_mem.
  init(_ table: BuiltTable) {
    let file = unsafe IndexFile(relation: table.index)
    let options = unsafe lantern_index_options(table.index)
    let workerCount = unsafe lantern_planned_workers(table.heap, table.index, table.info)
    var dimensions = Int(options.dim)
    if workerCount > 0 && dimensions == 0 {
      dimensions = unsafe Int(
        lantern_first_dimensions(table.heap, table.index, table.info, tellDimensions))
    }
    var workers: OpaquePointer?
    var layout: GraphLayout?
    if dimensions > 0 {
      let shape = file.newShape(options, dimensions: dimensions)
      layout = GraphLayout(shape, of: table, workers: Int(workerCount))
    }
    if workerCount > 0, let shared = layout {
      unsafe workers = unsafe lantern_prepare_workers(
        table.heap, table.index, table.info, workerCount, Size(shared.byteCount))
    }
    if let workers = unsafe workers, let layout {
      unsafe build = lantern_workers_build(workers)
      unsafe build.pointee.dimensions = Int32(truncatingIfNeeded: dimensions)
      unsafe build.pointee.capacity = Int64(layout.capacity)
    } else {
      unsafe build = lantern_serial_build(table.heap, table.index, table.info)
    }
    unsafe self.workers = unsafe workers
    self.layout = layout
  }
}

private func tellDimensions(_ index: Relation?, _ value: Datum) -> Int32 {
  let vector = unsafe IndexedVector(value, IndexedColumn(index!))
  return vector.isWithoutDistance ? 0 : Int32(truncatingIfNeeded: vector.count)
}

extension GraphLayout {
  /// As large a graph as maintenance_work_mem allows, and as the table has rows; emits a notice
  /// when the former is the lesser.
  ///
  /// Shared memory is taken at once, so its size follows the estimate of the rows, with a margin.
  /// Other memory is taken only as it fills, so there may be as much as the pages can hold rows.
  init(_ shape: IndexShape, of table: BuiltTable, workers: Int) {
    let rows = unsafe lantern_estimated_rows(table.heap)
    let perNode = GraphLayout.bytesPerNode(format: shape.format, m: shape.m)
    // A predicate may leave only a few of the rows.
    if unsafe table.info.pointee.ii_Predicate == nil,
      rows * Double(perNode) > Double(lantern_maintenance_memory())
    {
      lantern_notice_memory_needed(Int64(rows), Int64(rows * Double(perNode) / 1024))
    }
    let pages = Int(unsafe lantern_block_count(table.heap, MAIN_FORKNUM))
    let nodes = workers > 0 ? Int(rows * 1.25) &+ 1000 : (pages &+ 1) &* 300
    self.init(
      format: shape.format, m: shape.m, nodes: min(nodes, Int(VertexID.limit) &- 1),
      bytes: lantern_maintenance_memory() &- (workers &+ 1) &* BuildPlan.batchBytes)
  }
}
