import CPostgres
import HNSW
import Vectors

/// `ambuild`: in memory as long as maintenance_work_mem allows, then row by row on the pages; by
/// the server's workers too, where it plans for some.
@c(lantern_build)
public func build(
  _ heap: Relation, _ index: Relation, _ info: UnsafeMutablePointer<IndexInfo>
) -> UnsafeMutablePointer<IndexBuildResult> {
  if unsafe lantern_block_count(index, MAIN_FORKNUM) != 0 { unsafe lantern_error_not_empty(index) }
  let result = unsafe palloc0(MemoryLayout<IndexBuildResult>.size)!
    .bindMemory(to: IndexBuildResult.self, capacity: 1)
  unsafe withMemoryContext("lantern build") { context in
    let table = unsafe BuiltTable(heap: heap, index: index, info: info)
    BuildPhase.inserting.report()
    let plan = BuildPlan(table)
    var state = unsafe BuildState(table, plan.build, context: context, isLeader: true)
    state.begin(plan)
    unsafe withUnsafeMutablePointer(to: &state) { state in
      unsafe lantern_scan_as_leader(
        plan.build, plan.workers, heap, index, info, buildCallback, state)
      unsafe state.pointee.finish()
    }
    unsafe result.pointee.heap_tuples = plan.build.pointee.heap_tuples
    unsafe result.pointee.index_tuples = Double(lantern_build_rows(plan.build))
    if let workers = unsafe plan.workers { unsafe lantern_end_workers(workers) }
  }
  return unsafe result
}

/// A worker's part of a parallel build.
@c(lantern_build_as_worker)
public func buildAsWorker(
  _ heap: Relation, _ index: Relation, _ info: UnsafeMutablePointer<IndexInfo>,
  _ build: UnsafeMutablePointer<LanternBuild>, _ graph: UnsafeMutableRawPointer,
  _ scan: ParallelTableScanDesc
) {
  unsafe withMemoryContext("lantern build") { context in
    let table = unsafe BuiltTable(heap: heap, index: index, info: info)
    var state = unsafe BuildState(table, build, context: context, isLeader: false)
    unsafe state.join(graph)
    unsafe withUnsafeMutablePointer(to: &state) {
      unsafe lantern_scan_as_worker(build, heap, index, info, scan, buildCallback, $0)
    }
    state.insertWaiting()
    if unsafe lantern_finish_rows(build, state.rows) { state.writeNodes() }
  }
}

/// `ambuildempty`: the init fork of an unlogged index, with the structure that the build gave the
/// main fork.
@c(lantern_build_empty)
public func buildEmpty(_ index: Relation) {
  let main = unsafe IndexFile(relation: index)
  var file = unsafe IndexFile(relation: index)
  file.fork = INIT_FORKNUM
  file.isLogged = false
  file.createMetaPage(main.readMeta().emptied)
  // An init fork is copied after a crash, and so is logged though the index is not.
  unsafe lantern_log_new_pages(index, INIT_FORKNUM)
}

/// The phases that pg_stat_progress_create_index shows; 1 is the server's own.
enum BuildPhase: Int64 {
  case initializing = 1
  case inserting = 2
  case loading = 3

  func report() {
    lantern_report_progress(Int32(PROGRESS_CREATEIDX_SUBPHASE), rawValue)
  }
}

/// `ambuildphasename`.
@c(lantern_build_phase_name)
public func buildPhaseName(_ phase: Int64) -> UnsafeMutablePointer<CChar>? {
  let name: StaticString? =
    switch BuildPhase(rawValue: phase) {
    case .initializing: "initializing"
    case .inserting: "performing hnsw in-memory insertions"
    case .loading: "loading tuples into postgres index"
    case nil: nil
    }
  // SAFETY: the server only reads the name.
  return unsafe name.map { unsafe UnsafeMutablePointer(mutating: cString($0)) }
}

private func buildCallback(
  _ index: Relation?, _ tid: ItemPointer?, _ values: UnsafeMutablePointer<Datum>?,
  _ isNull: UnsafeMutablePointer<Bool>?, _ isAlive: Bool, _ state: UnsafeMutableRawPointer?
) {
  // SAFETY: the server calls back with what the build gave it and one row's values.
  if unsafe isNull![0] { return }
  unsafe state!.assumingMemoryBound(to: BuildState.self).pointee.add(
    values![0], tid!.pointee, isAlive: isAlive)
}
