// One action for each intent of the model.

import * as devices from "./devices.mjs";
import * as lists from "./lists.mjs";
import * as media from "./media.mjs";
import * as switches from "./switches.mjs";
import * as talk from "./talk.mjs";
import * as timers from "./timers.mjs";

/**
 * By intent: a function of a turn `{heard, home, language, now, zone, sure}` that gives `{said, changed, confirm}`: the
 * lines to say, whether the home changed, and whether a yes is needed first.
 */
export const ACTIONS = new Map(
  Object.entries({
    HassBroadcast: talk.broadcast,
    HassCancelAllTimers: timers.cancelAll,
    HassCancelTimer: timers.cancel,
    HassClimateGetTemperature: devices.getTemperature,
    HassClimateSetFanMode: devices.fanMode,
    HassClimateSetTemperature: devices.setTemperature,
    HassDecreaseTimer: timers.decrease,
    HassFanSetSpeed: devices.fanSpeed,
    HassGetCurrentDate: talk.date,
    HassGetCurrentTime: talk.time,
    HassGetState: switches.getState,
    HassGetWeather: talk.cannot("HassGetWeather"),
    HassIncreaseTimer: timers.increase,
    HassLawnMowerDock: devices.mowerDock,
    HassLawnMowerStartMowing: devices.mow,
    HassLightSet: devices.lightSet,
    HassListAddItem: lists.listAdd,
    HassListCompleteItem: lists.listDone,
    HassListRemoveItem: lists.listRemove,
    HassMediaNext: media.next,
    HassMediaPause: media.pause,
    HassMediaPlayerMute: media.mute,
    HassMediaPlayerUnmute: media.unmute,
    HassMediaPrevious: media.previous,
    HassMediaSearchAndPlay: media.play,
    HassMediaUnpause: media.unpause,
    HassNevermind: talk.nevermind,
    HassPauseTimer: timers.pause,
    HassRespond: talk.respond,
    HassSetPosition: switches.setPosition,
    HassSetVolume: media.setVolume,
    HassSetVolumeRelative: media.changeVolume,
    HassShoppingListAddItem: lists.shoppingAdd,
    HassShoppingListCompleteItem: lists.shoppingDone,
    HassStartTimer: timers.start,
    HassTimerStatus: timers.status,
    HassTurnOff: switches.turnOff,
    HassTurnOn: switches.turnOn,
    HassUnpauseTimer: timers.resume,
    HassVacuumCleanArea: devices.cleanArea,
    HassVacuumReturnToBase: devices.vacuumReturn,
    HassVacuumStart: devices.vacuumStart,
  }),
);
