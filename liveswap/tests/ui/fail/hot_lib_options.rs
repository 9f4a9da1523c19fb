mod one {
    liveswap::hot_lib!(application = Game);
}

mod two {
    liveswap::hot_lib!(allocator = mine);
}

mod three {
    liveswap::hot_lib!(on_load = set_up, on_load = set_up);
}

mod four {
    liveswap::hot_lib!(app);
}

fn main() {}
