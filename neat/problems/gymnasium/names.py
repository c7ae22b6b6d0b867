"""Names of the observations and actions of the environments that come with Gymnasium.

They follow the tables in Gymnasium's documentation. Versions of an environment are told apart by their sizes.
"""

from __future__ import annotations

from dataclasses import dataclass

Names = tuple[str, ...]


@dataclass(frozen=True)
class _Known:
    """The names of one environment.

    Attributes:
        observations, actions: alternatives of different sizes, one for each version or option that changes the size.
    """

    observations: tuple[Names, ...] = ()
    actions: tuple[Names, ...] = ()


def known_names(name: str, observations: int, actions: int) -> tuple[Names, Names]:
    """Return the names of the observations and of the actions of an environment.

    Args:
        name: the id of the environment without namespace and version, such as `Ant`.
        observations: the number of values in a flattened observation.
        actions: the number of values in a flattened action, or of discrete actions.

    Returns:
        As many names as there are observations, and as many as there are actions; either is empty if the environment is
        not known or has no version of this size. No name occurs twice, and no observation has the name of an action.
    """
    known = _ENVIRONMENTS.get(name, _Known())
    return _of_size(known.observations, observations), _of_size(known.actions, actions)


def _of_size(alternatives: tuple[Names, ...], size: int) -> Names:
    return next((names for names in alternatives if len(names) == size), ())


def _each(subjects: Names, *quantities: str) -> Names:
    """Return every subject with every quantity: first all quantities of the first subject, then of the second, ..."""
    return tuple(f"{subject} {quantity}" for subject in subjects for quantity in quantities)


_XYZ = ("x", "y", "z")
_TWO_JOINTS = ("joint 1", "joint 2")

# Box2D

_LUNAR_LANDER: Names = (
    "x position",
    "y position",
    "x velocity",
    "y velocity",
    "angle",
    "angular velocity",
    "right leg contact",  # the environment creates the leg on the right first
    "left leg contact",
)

_BIPEDAL_LEGS = ("leg 1", "leg 2")
_BIPEDAL_WALKER = _Known(
    observations=(
        (
            *_each(("hull",), "angle", "angular velocity", "x velocity", "y velocity"),
            *_each(_BIPEDAL_LEGS, "hip angle", "hip velocity", "knee angle", "knee velocity", "contact"),
            *(f"lidar {beam}" for beam in range(1, 11)),  # from straight down (1) to nearly straight ahead (10)
        ),
    ),
    actions=(_each(_BIPEDAL_LEGS, "hip torque", "knee torque"),),
)

# MuJoCo: robots that move in a plane. The velocity of a joint is an angular velocity.


def _planar(joints: Names) -> _Known:
    """Return the names of a robot whose torso moves in a vertical plane."""
    return _Known(
        observations=(
            (
                *_each(("torso",), "height", "angle"),
                *_each(joints, "angle"),
                *_each(("torso",), "x velocity", "z velocity", "angular velocity"),
                *_each(joints, "velocity"),
            ),
        ),
        actions=(_each(joints, "torque"),),
    )


_POLES = ("pole 1", "pole 2")
_DOUBLE_PENDULUM: Names = (
    "cart position",
    *_each(_POLES, "sine"),
    *_each(_POLES, "cosine"),
    "cart velocity",
    *_each(_POLES, "velocity"),
    "cart constraint force",
)

_REACHER: Names = (
    *_each(_TWO_JOINTS, "cosine"),
    *_each(_TWO_JOINTS, "sine"),
    *_each(("target",), "x position", "y position"),
    *_each(_TWO_JOINTS, "velocity"),
    *_each(("fingertip",), "x offset", "y offset"),  # from the target
)

_ARM = ("shoulder pan", "shoulder lift", "upper arm roll", "elbow flex", "forearm roll", "wrist flex", "wrist roll")

# MuJoCo: robots that move in space. After the state come values of every body, `cinert`, `cvel` and `cfrc_ext` in the
# documentation, and of every joint, `qfrc_actuator`. Names with "com" refer to the center of mass of the robot.

_TORSO_POSITION = _each(("torso",), "height", "orientation w", "orientation x", "orientation y", "orientation z")
_TORSO_VELOCITY = _each(("torso",), *_each(_XYZ, "velocity"), *_each(_XYZ, "angular velocity"))

_INERTIA = (
    *_each(("inertia",), "xx", "yy", "zz", "xy", "xz", "yz"),
    *_each(("mass",), "x offset", "y offset", "z offset"),  # the offset times the mass
    "mass",
)
_COM_VELOCITY = _each(("com",), *_each(_XYZ, "spin"), *_each(_XYZ, "velocity"))
_CONTACT = _each(("contact",), *_each(_XYZ, "torque"), *_each(_XYZ, "force"))
_ROOT_ACTUATORS = _each(("torso",), *_each(_XYZ, "actuator force"), *_each(_XYZ, "actuator torque"))


def _state_in_space(joints: Names) -> Names:
    return (*_TORSO_POSITION, *_each(joints, "angle"), *_TORSO_VELOCITY, *_each(joints, "velocity"))


_ANT_LEGS = ("front left", "front right", "back left", "back right")
_ANT_JOINTS = _each(_ANT_LEGS, "hip", "ankle")
_ANT_BODIES = ("torso", *_each(_ANT_LEGS, "base", "thigh", "shin"))  # a base is fixed to the torso
_ANT_STATE = _state_in_space(_ANT_JOINTS)

_ANT = _Known(
    observations=(
        _ANT_STATE,  # v4; v5 without contact forces
        (*_ANT_STATE, *_each(_ANT_BODIES, *_CONTACT)),  # v5
        (*_ANT_STATE, *_each(("world", *_ANT_BODIES), *_CONTACT)),  # v4 with contact forces
    ),
    actions=(_each((*_ANT_JOINTS[-2:], *_ANT_JOINTS[:-2]), "torque"),),  # back right comes first
)

_SIDES = ("right", "left")
_ABDOMEN = _each(("abdomen",), "z", "y", "x")
_LIMB_JOINTS = (
    *_each(_SIDES, "hip x", "hip z", "hip y", "knee"),
    *_each(_SIDES, "shoulder 1", "shoulder 2", "elbow"),
)
_HUMANOID_JOINTS = (*_ABDOMEN, *_LIMB_JOINTS)
_HUMANOID_BODIES = (
    *("torso", "lower waist", "pelvis"),
    *_each(_SIDES, "thigh", "shin", "foot"),
    *_each(_SIDES, "upper arm", "lower arm"),
)
_HUMANOID_STATE = _state_in_space(_HUMANOID_JOINTS)


def _humanoid_observations(bodies: Names, root: Names) -> Names:
    """Return the names of all observations; `root` are the actuators of the torso, which exist only in v4."""
    return (
        *_HUMANOID_STATE,
        *_each(bodies, *_INERTIA),
        *_each(bodies, *_COM_VELOCITY),
        *(*root, *_each(_HUMANOID_JOINTS, "actuator torque")),
        *_each(bodies, *_CONTACT),
    )


_HUMANOID = _Known(
    observations=(
        _HUMANOID_STATE,  # v5 without everything else
        _humanoid_observations(_HUMANOID_BODIES, ()),  # v5
        _humanoid_observations(("world", *_HUMANOID_BODIES), _ROOT_ACTUATORS),  # v4
    ),
    actions=(_each((*_each(("abdomen",), "y", "z", "x"), *_LIMB_JOINTS), "torque"),),
)

# Toy text

_FROZEN_LAKE = _Known(actions=(("left", "down", "right", "up"),))
_CLIFF_WALKING = _Known(actions=(("up", "right", "down", "left"),))

_ENVIRONMENTS: dict[str, _Known] = {
    "CartPole": _Known(
        observations=(("cart position", "cart velocity", "pole angle", "pole velocity"),),
        actions=(("left", "right"),),
    ),
    "Acrobot": _Known(
        observations=((*_each(_TWO_JOINTS, "cosine", "sine"), *_each(_TWO_JOINTS, "velocity")),),
        actions=(("negative torque", "no torque", "positive torque"),),
    ),
    "MountainCar": _Known(observations=(("position", "velocity"),), actions=(("left", "coast", "right"),)),
    "MountainCarContinuous": _Known(observations=(("position", "velocity"),), actions=(("force",),)),
    "Pendulum": _Known(observations=(("angle cosine", "angle sine", "velocity"),), actions=(("torque",),)),
    "LunarLander": _Known(
        observations=(_LUNAR_LANDER,),
        actions=(("nothing", "left engine", "main engine", "right engine"), ("main engine", "side engine")),
    ),
    "LunarLanderContinuous": _Known(observations=(_LUNAR_LANDER,), actions=(("main engine", "side engine"),)),
    "BipedalWalker": _BIPEDAL_WALKER,
    "BipedalWalkerHardcore": _BIPEDAL_WALKER,
    "CarRacing": _Known(
        actions=(("steering", "gas", "brake"), ("nothing", "steer right", "steer left", "gas", "brake")),
    ),
    "Ant": _ANT,
    "HalfCheetah": _planar(_each(("back", "front"), "thigh", "shin", "foot")),
    "Hopper": _planar(("thigh", "leg", "foot")),
    "Humanoid": _HUMANOID,
    "HumanoidStandup": _HUMANOID,
    "InvertedDoublePendulum": _Known(
        observations=(_DOUBLE_PENDULUM, (*_DOUBLE_PENDULUM, *_each(_POLES, "constraint torque"))),
        actions=(("cart force",),),
    ),
    "InvertedPendulum": _Known(
        observations=(("cart position", "pole angle", "cart velocity", "pole velocity"),),
        actions=(("cart force",),),
    ),
    "Pusher": _Known(
        observations=(
            (
                *_each(_ARM, "angle"),
                *_each(_ARM, "velocity"),
                *_each(("fingertip", "object", "goal"), *_each(_XYZ, "position")),
            ),
        ),
        actions=(_each(_ARM, "torque"),),
    ),
    "Reacher": _Known(
        observations=(_REACHER, (*_REACHER, "fingertip z offset")),
        actions=(_each(_TWO_JOINTS, "torque"),),
    ),
    "Swimmer": _Known(
        observations=(
            (
                *_each(("torso", *_TWO_JOINTS), "angle"),
                *_each(("torso",), "x velocity", "y velocity", "angular velocity"),
                *_each(_TWO_JOINTS, "velocity"),
            ),
        ),
        actions=(_each(_TWO_JOINTS, "torque"),),
    ),
    "Walker2d": _planar(_each(("right", "left"), "thigh", "leg", "foot")),  # joints without a side are the right ones
    "FrozenLake": _FROZEN_LAKE,
    "FrozenLake8x8": _FROZEN_LAKE,
    "Taxi": _Known(actions=(("south", "north", "east", "west", "pick up", "drop off"),)),
    "CliffWalking": _CLIFF_WALKING,
    "CliffWalkingSlippery": _CLIFF_WALKING,
    "Blackjack": _Known(actions=(("stick", "hit"),)),
}
