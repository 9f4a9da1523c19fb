//! The program `liveswap`: see [`liveswap_host::cli`].

fn main() -> std::process::ExitCode {
    liveswap_host::cli::main()
}
