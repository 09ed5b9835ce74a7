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
  /// Nil for a build without.
  let workers: OpaquePointer?
  /// Nil when the first row will tell the dimensions.
  let memory: BuildMemory?

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
    var memory: BuildMemory?
    if dimensions > 0 {
      let shape = file.newShape(options, dimensions: dimensions)
      memory = BuildMemory(shape, of: table, workers: Int(workerCount))
    }
    if workerCount > 0, let memory {
      unsafe workers = unsafe lantern_prepare_workers(
        table.heap, table.index, table.info, workerCount, Size(memory.layout.byteCount))
    }
    if let workers = unsafe workers, let memory {
      unsafe build = lantern_workers_build(workers)
      unsafe build.pointee.dimensions = Int32(truncatingIfNeeded: dimensions)
      unsafe build.pointee.capacity = Int64(memory.layout.capacity)
      unsafe build.pointee.coded = memory.layout.code != nil
      unsafe build.pointee.coding_bytes = Int64(memory.codingBytes)
    } else {
      unsafe build = lantern_serial_build(table.heap, table.index, table.info)
    }
    unsafe self.workers = unsafe workers
    self.memory = memory
  }
}

private func tellDimensions(_ index: Relation?, _ value: Datum) -> Int32 {
  let vector = unsafe IndexedVector(value, IndexedColumn(index!))
  return vector.isWithoutDistance ? 0 : Int32(truncatingIfNeeded: vector.count)
}
