/* The header of AECS 2.0 of this name, for programs that include it: its functions are in aecs.h. */
#pragma once
#include <aecs.h>
