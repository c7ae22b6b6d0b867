"""Observations and actions of the environments of Gymnasium have the names of what they are."""

from __future__ import annotations

import re
import warnings

import gymnasium
import numpy as np
import pytest

from neat.problems.gymnasium.names import known_names

SIZES = [
    ("CartPole", 4, 2), ("Acrobot", 6, 3), ("MountainCar", 2, 3), ("MountainCarContinuous", 2, 1), ("Pendulum", 3, 1),
    ("LunarLander", 8, 4), ("LunarLander", 8, 2), ("LunarLanderContinuous", 8, 2), ("BipedalWalker", 24, 4),
    ("BipedalWalkerHardcore", 24, 4), ("Ant", 27, 8), ("Ant", 105, 8), ("Ant", 111, 8), ("HalfCheetah", 17, 6),
    ("Hopper", 11, 3), ("Humanoid", 45, 17), ("Humanoid", 348, 17), ("Humanoid", 376, 17), ("HumanoidStandup", 348, 17),
    ("HumanoidStandup", 376, 17), ("InvertedDoublePendulum", 9, 1), ("InvertedDoublePendulum", 11, 1),
    ("InvertedPendulum", 4, 1), ("Pusher", 23, 7), ("Reacher", 10, 2), ("Reacher", 11, 2), ("Swimmer", 8, 2),
    ("Walker2d", 17, 6),
]  # fmt: skip

#: Environments that come with Gymnasium, without those that need jax or the old mujoco-py.
BUILT_IN = [
    name
    for name, spec in sorted(gymnasium.registry.items())
    if str(spec.entry_point).startswith(("gymnasium.envs.classic", "gymnasium.envs.box2d", "gymnasium.envs.toy"))
    or (str(spec.entry_point).startswith("gymnasium.envs.mujoco") and (spec.version or 0) >= 4)
    if name != "Pusher-v4"  # which needs MuJoCo 2
]
MUJOCO = [name for name in BUILT_IN if "mujoco" in str(gymnasium.spec(name).entry_point)]


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its warnings to a file there


def make(name, **options):
    """Return an environment after a reset, and its names; skip the test if the environment cannot be made."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            environment = gymnasium.make(name, **options).unwrapped
        except (gymnasium.error.Error, ImportError) as error:
            pytest.skip(str(error))
    environment.reset(seed=1)
    return environment, *known_names(
        gymnasium.spec(name).name, size_of(environment.observation_space), size_of(environment.action_space)
    )


def size_of(space):
    if isinstance(space, gymnasium.spaces.Discrete):
        return int(space.n)
    return 0 if space.shape is None else int(np.prod(space.shape))


def changed(names, before, after):
    return {name for name, old, new in zip(names, before, after, strict=True) if abs(new - old) > 1e-9}


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_value_and_every_action_of_a_built_in_environment_has_a_name(name):
    environment, observations, actions = make(name)
    space = environment.observation_space
    if isinstance(space, gymnasium.spaces.Box) and len(space.shape) == 1:
        assert len(observations) == space.shape[0]
    else:  # an image, or one-hot
        assert observations == ()
    assert len(actions) == size_of(environment.action_space) > 0


@pytest.mark.parametrize(
    ("name", "options", "observations", "actions"),
    [
        ("LunarLander-v3", {"continuous": True}, 8, 2),
        ("CarRacing-v3", {"continuous": False}, 0, 5),
        ("Ant-v4", {"use_contact_forces": True}, 111, 8),
        ("Ant-v5", {"include_cfrc_ext_in_observation": False}, 27, 8),
    ],
)
def test_options_that_change_the_sizes_have_names_too(name, options, observations, actions):
    assert [len(names) for names in make(name, **options)[1:]] == [observations, actions]


@pytest.mark.parametrize(("name", "observations", "actions"), SIZES)
def test_names_are_short_plain_and_unique(name, observations, actions):
    inputs, outputs = known_names(name, observations, actions)
    assert (len(inputs), len(outputs)) == (observations, actions)
    assert len({*inputs, *outputs}) == observations + actions
    for word in (*inputs, *outputs):
        assert re.fullmatch("[a-z0-9]+( [a-z0-9]+)*", word) and len(word) <= 34, word


def test_another_size_or_environment_has_no_names():
    assert known_names("CartPole", 4, 2) == (
        ("cart position", "cart velocity", "pole angle", "pole velocity"),
        ("left", "right"),
    )
    assert known_names("CartPole", 5, 2) == ((), ("left", "right"))
    assert known_names("CartPole", 4, 3)[1] == ()
    assert known_names("FrozenLake", 16, 4) == ((), ("left", "down", "right", "up"))
    assert known_names("Ant-v5", 105, 8) == known_names("MyAnt", 105, 8) == known_names("", 0, 0) == ((), ())


DOCUMENTED = [
    ("Acrobot-v1", 6, 3, {1: ("Sine of `theta1`", "joint 1 sine"), 5: ("velocity of `theta2`", "joint 2 velocity")}),
    ("Ant-v5", 105, 8, {
        0: ("z-coordinate of the torso", "torso height"),
        1: ("w-orientation of the torso", "torso orientation w"),
        9: ("torso and first link on back left", "back left hip angle"),
        15: ("z-coordinate velocity of the torso", "torso z velocity"),
        26: ("angle between back right links", "back right ankle velocity"),
    }),
    ("HalfCheetah-v5", 17, 6, {4: ("back foot", "back foot angle"), 15: ("front shin", "front shin velocity")}),
    ("Hopper-v5", 11, 3, {
        0: ("height of hopper", "torso height"),
        1: ("angle of the torso", "torso angle"),
        5: ("velocity of the x-coordinate of the torso", "torso x velocity"),
        10: ("angular velocity of the foot hinge", "foot velocity"),
    }),
    ("Humanoid-v5", 348, 17, {
        9: ("z-coordinate of angle between pelvis and right hip", "right hip z angle"),
        41: ("right upper arm and right_lower_arm", "right elbow velocity"),
    }),
    ("InvertedDoublePendulum-v5", 9, 1, {
        2: ("sine of the angle between the two poles", "pole 2 sine"),
        3: ("cosine of the angle between the cart and the first pole", "pole 1 cosine"),
        8: ("constraint force", "cart constraint force"),
    }),
    ("Pusher-v5", 23, 7, {
        9: ("upper_arm_roll", "upper arm roll velocity"), 16: ("z-coordinate of the fingertip", "fingertip z position"),
    }),
    ("Reacher-v5", 10, 2, {
        1: ("cosine of the angle of the second arm", "joint 2 cosine"), 9: ("y-value", "fingertip y offset"),
    }),
    ("Swimmer-v5", 8, 2, {4: ("tip along the y-axis", "torso y velocity"), 7: ("second rotor", "joint 2 velocity")}),
    ("Walker2d-v5", 17, 6, {
        6: ("left leg joint", "left leg angle"), 10: ("angle of the torso", "torso angular velocity"),
    }),
]  # fmt: skip


@pytest.mark.parametrize(("name", "observations", "actions", "spots"), DOCUMENTED)
def test_names_stand_in_the_row_of_the_documented_table(name, observations, actions, spots):
    environment = make(name)[0]
    text = type(environment).__doc__.split("## Observation Space")[1].split("## Rewards")[0]
    rows = {}
    for number, row in re.findall(r"^ *\| *(\d+) *\|(.*)$", text, re.MULTILINE):
        rows.setdefault(int(number), row)  # the first table
    names = known_names(gymnasium.spec(name).name, observations, actions)[0]
    assert len(rows) == (len(names) if observations < 50 else {"Ant-v5": 27, "Humanoid-v5": 45}[name])
    for index, (phrase, expected) in spots.items():
        assert phrase in rows[index]
        assert names[index] == expected


# MuJoCo: joints, actuators and bodies are changed one by one.


class Robot:
    """A MuJoCo environment in its first state, whose parts can be changed."""

    def __init__(self, name):
        pytest.importorskip("mujoco")
        self.environment, self.names, self.actions = make(name)
        self.model, self.data = self.environment.model, self.environment.data
        self.position, self.velocity = self.environment.init_qpos.copy(), self.environment.init_qvel.copy()

    def observe(self, position=None, velocity=None):
        self.environment.set_state(
            self.position if position is None else position, self.velocity if velocity is None else velocity
        )
        return self.environment._get_obs().copy()

    def turn(self, index, amount=0.3):
        """Return what changes with a value of `qpos`."""
        position = self.position.copy()
        position[index] += amount
        return changed(self.names, self.observe(), self.observe(position=position))

    def push(self, index, amount=0.5):
        """Return which velocities of joints change with a value of `qvel`."""
        velocity = self.velocity.copy()
        velocity[index] += amount
        names = changed(self.names, self.observe(), self.observe(velocity=velocity))
        return {name for name in names if name.endswith("velocity") and " com " not in name}

    def load(self, body, component):
        """Return what changes when a force (0 to 2) or torque (3 to 5) acts on a body."""
        import mujoco

        def observe(amount):
            self.observe()
            self.data.xfrc_applied[body, component] = amount
            mujoco.mj_rnePostConstraint(self.model, self.data)
            self.data.xfrc_applied[:] = 0
            return self.environment._get_obs().copy()

        return changed(self.names, observe(0.0), observe(0.5))


@pytest.mark.parametrize("name", MUJOCO)
def test_an_action_moves_the_joint_whose_velocity_has_its_name(name):
    mujoco = pytest.importorskip("mujoco")
    robot = Robot(name)
    moved = []
    for index in range(robot.model.nu):
        robot.observe()
        robot.data.ctrl[:] = np.arange(robot.model.nu) == index
        mujoco.mj_forward(robot.model, robot.data)
        (dof,) = np.flatnonzero(robot.data.qfrc_actuator)
        robot.data.ctrl[:] = 0
        moved.append(robot.push(dof))
    unit = "force" if "InvertedDouble" in name or "InvertedPendulum" in name else "torque"
    assert moved == [{action.removesuffix(unit) + "velocity"} for action in robot.actions]


@pytest.mark.parametrize(
    ("name", "joint", "positions", "velocity"),
    [
        ("Ant-v4", "hip_2", {"front right hip angle"}, "front right hip velocity"),
        ("Ant-v5", "ankle_3", {"back left ankle angle"}, "back left ankle velocity"),
        ("Ant-v5", "hip_4", {"back right hip angle"}, "back right hip velocity"),
        ("HalfCheetah-v5", "rootz", {"torso height"}, "torso z velocity"),
        ("HalfCheetah-v5", "rooty", {"torso angle"}, "torso angular velocity"),
        ("HalfCheetah-v4", "bthigh", {"back thigh angle"}, "back thigh velocity"),
        ("HalfCheetah-v5", "fshin", {"front shin angle"}, "front shin velocity"),
        ("Hopper-v5", "rootx", set(), "torso x velocity"),
        ("Hopper-v5", "rootz", {"torso height"}, "torso z velocity"),
        ("Hopper-v5", "leg_joint", {"leg angle"}, "leg velocity"),
        ("Humanoid-v4", "left_shoulder2", {"left shoulder 2 angle"}, "left shoulder 2 velocity"),
        ("Humanoid-v5", "right_knee", {"right knee angle"}, "right knee velocity"),
        ("HumanoidStandup-v5", "abdomen_y", {"abdomen y angle"}, "abdomen y velocity"),
        ("InvertedDoublePendulum-v4", "hinge", {"pole 1 sine", "pole 1 cosine"}, "pole 1 velocity"),
        ("InvertedDoublePendulum-v5", "hinge2", {"pole 2 sine", "pole 2 cosine"}, "pole 2 velocity"),
        ("InvertedPendulum-v5", "slider", {"cart position"}, "cart velocity"),
        ("InvertedPendulum-v5", "hinge", {"pole angle"}, "pole velocity"),
        ("Pusher-v5", "r_shoulder_pan_joint", {"shoulder pan angle"}, "shoulder pan velocity"),
        ("Pusher-v5", "r_elbow_flex_joint", {"elbow flex angle"}, "elbow flex velocity"),
        ("Reacher-v4", "joint0", {"joint 1 sine", "joint 1 cosine"}, "joint 1 velocity"),
        ("Reacher-v5", "joint1", {"joint 2 sine", "joint 2 cosine"}, "joint 2 velocity"),
        ("Swimmer-v5", "slider2", set(), "torso y velocity"),
        ("Swimmer-v5", "motor2_rot", {"joint 2 angle"}, "joint 2 velocity"),
        ("Walker2d-v4", "thigh_joint", {"right thigh angle"}, "right thigh velocity"),
        ("Walker2d-v5", "leg_left_joint", {"left leg angle"}, "left leg velocity"),
    ],
)
def test_names_of_a_joint_change_with_this_joint(name, joint, positions, velocity):
    robot = Robot(name)
    joint = robot.model.joint(joint)
    turned = robot.turn(joint.qposadr[0])
    states = ("angle", "sine", "cosine", "height", "cart position")
    assert {word for word in turned if word.endswith(states)} == positions
    assert robot.push(joint.dofadr[0]) == {velocity}


@pytest.mark.parametrize("name", ["Ant-v5", "Humanoid-v4", "Humanoid-v5", "HumanoidStandup-v5"])
def test_the_free_joint_of_the_torso_has_height_orientation_and_two_velocities(name):
    robot = Robot(name)
    assert "torso height" in robot.turn(2)
    for index in range(6):
        axis = "xyz"[index % 3]
        assert robot.push(index) == {f"torso {axis} velocity" if index < 3 else f"torso {axis} angular velocity"}
    half = np.sqrt(0.5)
    for index, axis in enumerate("xyz"):
        position = robot.position.copy()
        position[3:7] = [half, *(half * (np.arange(3) == index))]
        seen = dict(zip(robot.names, robot.observe(position=position), strict=True))
        assert [seen[f"torso orientation {each}"] for each in ("w", axis)] == pytest.approx([half, half])


def body_name(name):
    return {"lwaist": "lower waist"}.get(name, name.replace("_", " "))


@pytest.mark.parametrize("name", ["Humanoid-v4", "Humanoid-v5", "HumanoidStandup-v4", "HumanoidStandup-v5"])
def test_the_inertia_of_each_body_of_the_humanoid_has_its_name(name):
    robot = Robot(name)
    position = robot.position + 0.1  # every joint is bent
    seen = dict(zip(robot.names, robot.observe(position=position), strict=True))
    for body in range(1, robot.model.nbody):
        part, mass = body_name(robot.model.body(body).name), robot.model.body_mass[body]
        offset = robot.data.xipos[body] - robot.data.subtree_com[1]
        axes = robot.data.ximat[body].reshape(3, 3)
        inertia = axes @ np.diag(robot.model.body_inertia[body]) @ axes.T
        inertia += mass * (offset @ offset * np.eye(3) - np.outer(offset, offset))
        assert seen[f"{part} mass"] == pytest.approx(mass)
        for row, first in enumerate("xyz"):
            assert seen[f"{part} mass {first} offset"] == pytest.approx(mass * offset[row])
            for column, second in list(enumerate("xyz"))[row:]:
                assert seen[f"{part} inertia {first}{second}"] == pytest.approx(inertia[row, column])


@pytest.mark.parametrize("name", ["Humanoid-v4", "Humanoid-v5"])
def test_the_velocity_of_each_body_of_the_humanoid_has_its_name(name):
    robot = Robot(name)
    before = dict(zip(robot.names, robot.observe(), strict=True))
    for index in range(6):  # all bodies move, or turn, with the torso
        axis, what = "xyz"[index % 3], "velocity" if index < 3 else "spin"
        seen = dict(zip(robot.names, robot.observe(velocity=np.eye(robot.model.nv)[index]), strict=True))
        for body in range(1, robot.model.nbody):
            part = body_name(robot.model.body(body).name)
            for other in "xyz":
                word = f"{part} com {other} {what}"
                assert seen[word] - before[word] == pytest.approx(float(other == axis), abs=1e-9)
    knee = robot.model.joint("right_knee").dofadr[0]
    seen = robot.observe(velocity=np.eye(robot.model.nv)[knee])
    spinning = {word for word in changed(robot.names, list(before.values()), seen) if word.endswith("spin")}
    assert spinning == {"right shin com y spin", "right foot com y spin"}


@pytest.mark.parametrize("name", ["Humanoid-v4", "Humanoid-v5", "HumanoidStandup-v4", "HumanoidStandup-v5"])
def test_the_actuator_torque_of_each_joint_of_the_humanoid_has_its_name(name):
    mujoco = pytest.importorskip("mujoco")
    robot = Robot(name)
    for index, action in enumerate(robot.actions):
        before = robot.observe()
        robot.data.ctrl[index] = 0.4
        mujoco.mj_forward(robot.model, robot.data)
        words = changed(robot.names, before, robot.environment._get_obs())
        robot.data.ctrl[index] = 0
        assert {word for word in words if "actuator" in word} == {action.replace("torque", "actuator torque")}


@pytest.mark.parametrize(
    ("name", "body", "part"),
    [
        ("Ant-v5", 1, "torso"), ("Ant-v5", 2, "front left base"), ("Ant-v5", 6, "front right thigh"),
        ("Ant-v5", 10, "back left shin"), ("Ant-v5", 13, "back right shin"), ("Humanoid-v4", 6, "right foot"),
        ("Humanoid-v5", 2, "lower waist"), ("Humanoid-v5", 13, "left lower arm"),
        ("HumanoidStandup-v5", 7, "left thigh"),
    ],
)  # fmt: skip
def test_a_contact_force_has_the_name_of_its_body(name, body, part):
    robot = Robot(name)
    for component, axis in enumerate("xyz"):
        forces = {word for word in robot.load(body, component) if word.endswith("force")}
        assert forces == {f"{part} contact {axis} force"}  # it has a torque about the center of mass, too
        assert robot.load(body, 3 + component) == {f"{part} contact {axis} torque"}


# Other environments


def test_acrobot_and_pendulum_have_the_names_of_their_states():
    acrobot, names, _ = make("Acrobot-v1")

    def observe(state):
        acrobot.state = np.array(state)
        return acrobot._get_ob()

    assert changed(names, observe([0.2, 0.3, 0, 0]), observe([0.2, 0.4, 0, 0])) == {"joint 2 cosine", "joint 2 sine"}
    assert changed(names, observe([0.2, 0.3, 0, 0]), observe([0.2, 0.3, 1, 0])) == {"joint 1 velocity"}
    pendulum, names, _ = make("Pendulum-v1")
    pendulum.state = np.array([0.0, 3.0])
    assert dict(zip(names, pendulum._get_obs(), strict=True)) == {"angle cosine": 1, "angle sine": 0, "velocity": 3}


def test_the_lander_touches_the_ground_with_the_leg_of_that_name():
    landed = set()
    for seed in range(6):
        lander, names, actions = make("LunarLander-v3")
        lander.reset(seed=seed)
        for _ in range(200):
            seen = dict(zip(names, lander.step(actions.index("nothing"))[0], strict=True))
            sides = {"left": lander.legs[0], "right": lander.legs[0]}
            for leg in lander.legs:
                sides["right" if leg.position.x > lander.lander.position.x else "left"] = leg
            touching = {side for side, leg in sides.items() if leg.ground_contact}
            assert touching == {side for side in sides if seen[f"{side} leg contact"]}
            landed |= touching if len(touching) == 1 else set()
            if lander.game_over or len(touching) == 2:
                break
    assert landed == {"left", "right"}


@pytest.mark.parametrize("name", ["BipedalWalker-v3", "BipedalWalkerHardcore-v3"])
def test_the_walker_moves_and_shows_the_joint_of_that_name(name):
    walker, names, actions = make(name)
    for index, action in enumerate(actions):
        seen = dict(zip(names, walker.step(np.eye(4)[index])[0], strict=True))
        (joint,) = [each for each in walker.joints if each.motorSpeed != 0]
        word = action.removesuffix(" torque")
        assert word.endswith("hip" if joint.bodyA == walker.hull else "knee")
        leg = walker.legs.index(joint.bodyB) // 2 + 1  # each leg has two bodies
        assert word.startswith(f"leg {leg} ")
        shift, fastest = (0, 4) if word.endswith("hip") else (1, 6)  # how the environment scales a joint
        assert seen[f"{word} angle"] == pytest.approx(joint.angle + shift, abs=1e-6)
        assert seen[f"{word} velocity"] == pytest.approx(joint.speed / fastest, abs=1e-5)
    assert seen["hull angle"] == pytest.approx(walker.hull.angle)


def test_the_walker_has_ten_beams_that_follow_the_contacts():
    names = known_names("BipedalWalker", 24, 4)[0]
    assert [names.index(word) for word in ("leg 1 contact", "leg 2 contact", "lidar 1", "lidar 10")] == [8, 13, 14, 23]


@pytest.mark.parametrize(
    ("name", "options", "start", "row"),
    [
        ("FrozenLake-v1", {"is_slippery": False}, 9, 4),
        ("FrozenLake8x8-v1", {"is_slippery": False}, 9, 8),
        ("CliffWalking-v1", {}, 14, 12),
        ("Taxi-v4", {}, 241, 5),
    ],
)
def test_a_move_goes_where_its_name_says(name, options, start, row):
    world, _, actions = make(name, **options)
    compass = {"north": "up", "south": "down", "west": "left", "east": "right"}
    steps = {"left": -1, "right": 1, "up": -row, "down": row}
    for index, action in enumerate(actions[:4]):
        world.s = start
        seen = world.step(index)[0]
        field, origin = (seen // 20, start // 20) if name == "Taxi-v4" else (seen, start)
        assert field - origin == steps[compass.get(action, action)]


def test_the_player_of_blackjack_ends_the_game_by_sticking():
    table, _, actions = make("Blackjack-v1")
    assert table.step(actions.index("stick"))[2]
