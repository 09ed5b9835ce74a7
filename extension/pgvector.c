/*
 * What happens when pgvector's extension is created or dropped in a database that has ours.
 *
 * Its script makes an access method hnsw, so the name is left to it before; afterwards its type gets operator classes. They
 * belong to our extension and need that type: unless they go first, DROP EXTENSION vector CASCADE would drop ours with it.
 */
#include "lantern.h"

#include "commands/event_trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "nodes/parsenodes.h"

PG_FUNCTION_INFO_V1(lantern_extension_event);

static bool
lantern_is_pgvector(const char *extension)
{
	return strcmp(extension, "vector") == 0;
}

static bool
lantern_drops_pgvector(DropStmt *statement)
{
	ListCell   *cell;

	if (statement->removeType == OBJECT_EXTENSION)
		foreach(cell, statement->objects)
			if (lantern_is_pgvector(strVal(lfirst(cell))))
				return true;
	return false;
}

static void
lantern_run(const char *query)
{
	SPI_connect();
	if (SPI_execute(query, false, 0) < 0)
		elog(ERROR, "could not execute \"%s\"", query);
	SPI_finish();
}

/* For the events ddl_command_start and ddl_command_end of CREATE and DROP EXTENSION */
PGDLLEXPORT Datum
lantern_extension_event(PG_FUNCTION_ARGS)
{
	EventTriggerData *event;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("extension_event() is only called by an event trigger")));
	event = (EventTriggerData *) fcinfo->context;

	if (IsA(event->parsetree, CreateExtensionStmt) &&
		lantern_is_pgvector(((CreateExtensionStmt *) event->parsetree)->extname))
		lantern_run(strcmp(event->event, "ddl_command_end") == 0
					? "SELECT _lantern_internal.enable_pgvector()"
					: "SELECT _lantern_internal.release_hnsw()");
	else if (IsA(event->parsetree, DropStmt) && lantern_drops_pgvector((DropStmt *) event->parsetree))
		lantern_run(((DropStmt *) event->parsetree)->behavior == DROP_CASCADE
					? "SELECT _lantern_internal.disable_pgvector('cascade')"
					: "SELECT _lantern_internal.disable_pgvector()");
	PG_RETURN_NULL();
}
