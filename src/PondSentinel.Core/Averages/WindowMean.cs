namespace PondSentinel.Averages;

/// <summary>A mean of hours, or that there are too few of them for one.</summary>
/// <param name="LastHour">The last hour, counted from midnight of 1970-01-01 in the time that hours go by.</param>
/// <param name="Valid">How many hours had a mean.</param>
/// <param name="Mean">Their mean; null where they are too few. Null is neither above a limit nor below.</param>
public readonly record struct WindowMean(long LastHour, int Valid, double? Mean);
