/* SPDX-License-Identifier: MIT */
/* What port.h promises, for code that is explored. Its memory does not exist: nobody writes to it.
 */
#include <pageframe/port.h>

#include "explore.h"

static char memory[PF_PAGE_SIZE];

bool port_mistake;

/* The library complains of what its caller does, and few callers here make mistakes. */
void pf_port_print(enum pf_level level, const char *line)
{
	if (level == PF_ERR && !port_mistake)
		xp_fail("the library says: %s", line);
}

bool pf_port_symbol(const void *ip, char *buf, size_t size)
{
	(void)ip;
	(void)buf;
	(void)size;
	return false;
}

_Noreturn void pf_port_panic(const char *what)
{
	xp_fail("panic: %s", what);
}

void *pf_port_phys_to_virt(pf_phys phys)
{
	(void)phys;
	return memory;
}

pf_phys pf_port_virt_to_phys(const void *virt)
{
	(void)virt;
	return 0;
}

void pf_port_zero(void *virt, pf_phys size)
{
	(void)virt;
	(void)size;
}

void pf_port_relax(void)
{
	xp_wait();
}

unsigned pf_port_cpu(void)
{
	return xp_cpu();
}

/* Memory has one order here. */
bool pf_port_barrier(void)
{
	return true;
}
