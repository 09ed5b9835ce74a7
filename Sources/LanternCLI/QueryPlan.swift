/// A plan as `EXPLAIN (FORMAT JSON)` prints it, as far as it says where rows come from.
struct QueryPlan {
  private struct Statement: Decodable {
    var plan: Node

    enum CodingKeys: String, CodingKey { case plan = "Plan" }
  }

  struct Node: Decodable {
    var type: String
    var indexName: String?
    /// Pages, of this node and those below it; only of a plan that was run with BUFFERS.
    var sharedHitBlocks: Int?
    var sharedReadBlocks: Int?
    var plans: [Node]?

    enum CodingKeys: String, CodingKey {
      case type = "Node Type"
      case indexName = "Index Name"
      case sharedHitBlocks = "Shared Hit Blocks"
      case sharedReadBlocks = "Shared Read Blocks"
      case plans = "Plans"
    }
  }

  /// Every node, each before those below it.
  let nodes: [Node]

  init(json: String) throws {
    let statements = try JSONDecoder().decode([Statement].self, from: Data(json.utf8))
    func flatten(_ node: Node) -> [Node] { [node] + (node.plans ?? []).flatMap(flatten) }
    nodes = statements.flatMap { flatten($0.plan) }
  }

  /// The names of the indexes that it scans in their order.
  var scannedIndexes: [String] { nodes.filter { $0.type == "Index Scan" }.compactMap(\.indexName) }

  /// For example `Limit > Sort > Seq Scan`.
  var summary: String { nodes.map(\.type).joined(separator: " > ") }
}
