//! What must not compile, and what the compiler says about it.

#[test]
fn wrong_answers_and_handlers_do_not_compile() {
    trybuild::TestCases::new().compile_fail("cases/*.rs");
}
