"""Commands of the planning room, dispatched by xiangli.config.cli."""
