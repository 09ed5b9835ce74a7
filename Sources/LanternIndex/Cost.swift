import CPostgres
import Vectors

/// `amcostestimate`: the search has to be paid before the first row comes, and each further row is
/// cheap.
///
/// A scan of an index of N nodes with a given ef reads about 16 ef of them, or 3 ef where nodes keep
/// codes of their neighbours, and never more than all. A page access costs processor time, about
/// that of twenty operators, and pages beyond what the cache holds are read at random.
@c(lantern_cost_estimate)
public func costEstimate(
  _ root: UnsafeMutablePointer<PlannerInfo>, _ path: UnsafeMutablePointer<IndexPath>,
  _ loopCount: Double, _ startupCost: UnsafeMutablePointer<Cost>,
  _ totalCost: UnsafeMutablePointer<Cost>, _ selectivity: UnsafeMutablePointer<Selectivity>,
  _ correlation: UnsafeMutablePointer<Double>, _ pages: UnsafeMutablePointer<Double>
) {
  unsafe selectivity.pointee = 1
  unsafe correlation.pointee = 0
  unsafe pages.pointee = Double(path.pointee.indexinfo.pointee.pages)
  // A scan follows the order of one distance; without it, it has nothing to offer.
  if unsafe lantern_order_count(path) != 1 {
    unsafe lantern_disable_path(path)
    let never = lantern_infinite_cost()
    unsafe startupCost.pointee = never
    unsafe totalCost.pointee = never
    return
  }
  let index = unsafe path.pointee.indexinfo!
  let planned = unsafe lantern_planned_index(index)
  let hasCodes = planned.may_have_codes && Metric(rawValue: planned.metric)?.isOfBits == false
  let cost = unsafe SearchCost(
    nodes: index.pointee.tuples, pages: Double(index.pointee.pages), root: root,
    tablespace: index.pointee.reltablespace, ef: Double(planned.ef), hasCodes: hasCodes)
  unsafe startupCost.pointee = cost.search
  unsafe totalCost.pointee = cost.search + cost.sweep
}

/// The cost of a search, in the planner's units.
struct SearchCost {
  /// Until the first row.
  let search: Double
  /// For all rows beyond those of the search.
  let sweep: Double

  init(
    nodes: Double, pages: Double, root: UnsafeMutablePointer<PlannerInfo>, tablespace: Oid,
    ef: Double, hasCodes: Bool
  ) {
    var randomPageCost = 0.0
    var sequentialPageCost = 0.0
    unsafe get_tablespace_page_costs(tablespace, &randomPageCost, &sequentialPageCost)
    let operatorCost = lantern_cpu_operator_cost()
    // A distance of stored vectors costs about as much as one operator of the executor's, and the
    // estimates by a node's codes twice as much.
    let distanceCost = hasCodes ? 3 * operatorCost : operatorCost
    let read = min(max(nodes, 1), ef * (hasCodes ? 3 : 16))
    let pageAccessCost = 20 * operatorCost
    // What does not fit the cache is read from disk, in proportion.
    let uncached = max(0, 1 - lantern_effective_cache_pages() / max(pages, 1))
    search =
      randomPageCost + read * (distanceCost + pageAccessCost + uncached * randomPageCost)
    sweep = pages * sequentialPageCost + max(nodes - ef, 0) * distanceCost
  }
}
