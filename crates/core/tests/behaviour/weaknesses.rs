//! One test, or more, for each weakness of protocol 2.0, named by its number. Each fails when the
//! mechanism that answers the weakness is taken out.
//!
//! | number | weakness of 2.0 | here |
//! | --- | --- | --- |
//! | W1 | the function's name is not signed | `requests` |
//! | W2 | no freshness, replay for ever | `replay` |
//! | W3 | sync is open to everybody | `nodes`: the door is closed |
//! | W4 | a peer gets the identity by signer and product | `nodes`: the door is closed |
//! | W5 | collateral never expires, every TCB status passes | `evidence` |
//! | W6 | passwords are one unsalted hash | `administrators` |
//! | W7 | simulation verifies nothing | `evidence` |
//! | W8 | names reach a shell | `names` |
//! | W9 | any application fills the room of all | `quotas` |
//! | W10 | SM4-CBC without authentication | `requests` |
//! | W11 | records roll back and move between deployments | `stored` |
//! | W12 | secrets are printed | `leaks` |
//! | W13 | stored records are not authenticated | `stored` |
//! | W14 | records can be swapped | `stored` |
//! | W15 | nobody sees which administrator a server obeys | `administrators` |
//! | W16 | the public view shows parameters | `leaks` |
//! | W17 | required parts are optional | `requests` |
//! | W18 | the debug flag of TDX is read from SGX's bit | not here: no TDX in this version; SGX's flag is in `evidence` |
//! | W19 | an EPID chain proves itself | not here: no EPID in this version; a root of one's own is in `evidence` |
//! | W20 | an application plants known secrets | `evidence` |
//! | W21 | quote lengths are not checked | `evidence`; the parsers' own tests are in `aecs-attest` |
//! | W22 | destroy is by prefix | `names` |
//! | W23 | tools exit 0 on failure | not here: the tests of the command line tools |

mod administrators;
mod binding;
mod evidence;
mod leaks;
mod names;
mod nodes;
mod quotas;
mod replay;
mod requests;
mod stored;
