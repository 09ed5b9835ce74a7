import CPostgres
import HNSW

/// The server's current memory context as the algorithms' allocator.
let serverMemory = unsafe Allocator(
  allocate: { unsafe lantern_allocate($0) },
  reallocate: { unsafe lantern_reallocate($0, $1) },
  free: { unsafe pfree($0) })

/// The same for a graph: large pages, where the system has them.
let graphMemory = unsafe Allocator(
  allocate: { unsafe lantern_allocate_graph($0) },
  reallocate: { unsafe lantern_reallocate($0, $1) },
  free: { unsafe pfree($0) })

/// Runs `body` in a memory context of its own, deleted afterwards; after an error the parent
/// context does that.
@inline(__always)
func withMemoryContext<Result>(_ name: StaticString, _ body: (MemoryContext) -> Result) -> Result {
  let context = unsafe lantern_new_context(cString(name))!
  let outer = unsafe lantern_switch_to(context)
  let result = unsafe body(context)
  _ = unsafe lantern_switch_to(outer)
  unsafe MemoryContextDelete(context)
  return result
}
