//! Contracts: whatever the text, a contract that survives being kept, or a fault with a code and a remedy.
#![no_main]

use goreos_domain::Contract;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Contract::parse(text) {
        Ok(contract) => assert_eq!(contract.columns.is_empty(), contract.derive.is_some()),
        Err(fault) => assert!(fault.code.starts_with("contract.") && !fault.what.is_empty(), "{fault:?}"),
    }
});
