import Dispatch
import Synchronization

/// Runs `body(0)` to `body(count - 1)` at the same time, each on a thread of its own, and waits for
/// all; throws the error of the first that failed, by number.
func onThreads<Value: Sendable>(
  _ count: Int, _ body: @Sendable (Int) throws -> Value
) throws -> [Value] {
  let results = Mutex<[Int: Result<Value, any Error>]>([:])
  withoutActuallyEscaping(body) { body in
    let group = DispatchGroup()
    for index in 0..<count {
      // A serial queue gets its own thread; a concurrent one would have no more threads than there
      // are processors, and so fewer clients at a time than were asked for.
      DispatchQueue(label: "lantern.\(index)").async(group: group) {
        let result = Result { try body(index) }
        results.withLock { $0[index] = result }
      }
    }
    group.wait()
  }
  return try results.withLock { results in try (0..<count).map { try results[$0]!.get() } }
}
