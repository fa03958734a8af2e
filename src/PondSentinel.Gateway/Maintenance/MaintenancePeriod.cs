using PondSentinel.Gateway.Time;

namespace PondSentinel.Gateway.Maintenance;

/// <summary>What is in maintenance.</summary>
/// <param name="IsStation">Whether it is a station, with all its devices, or one device.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct MaintenanceTarget(bool IsStation, string Name)
{
    /// <summary>Which of the two it is, on the wire and in files.</summary>
    public string Kind => IsStation ? "station" : "device";

    /// <summary>For people.</summary>
    public override string ToString() => $"{Kind} {Name}";
}

/// <summary>That something is in maintenance, until when and by whose word.</summary>
internal sealed record MaintenancePeriod
{
    /// <summary>Most time that can be asked for: 4 h. Who forgets to end it loses no more.</summary>
    public static readonly TimeSpan LengthMax = TimeSpan.FromHours(4);

    /// <summary>Least time that can be asked for: 1 min.</summary>
    public static readonly TimeSpan LengthMin = TimeSpan.FromMinutes(1);

    /// <summary>Time where nobody says how long: 1 h.</summary>
    public static readonly TimeSpan LengthUsual = TimeSpan.FromHours(1);

    /// <summary>Most characters of <see cref="Reason"/>.</summary>
    public const int ReasonLengthMax = 200;

    /// <summary>Most characters of <see cref="Who"/>.</summary>
    public const int WhoLengthMax = 64;

    /// <summary>What it is.</summary>
    public required MaintenanceTarget Of { get; init; }

    /// <summary>Why, for people.</summary>
    public required string Reason { get; init; }

    /// <summary>Who, for people.</summary>
    public required string Who { get; init; }

    /// <summary>The user who asked for it, by the kernel's word.</summary>
    public required uint Uid { get; init; }

    /// <summary>How long it was asked for.</summary>
    public required TimeSpan Length { get; init; }

    /// <summary>The life of the machine that <see cref="Ends"/> is of.</summary>
    public required Guid Boot { get; init; }

    /// <summary>When it ends, on the boot-time clock of <see cref="Boot"/>.</summary>
    public required TimeSpan Ends { get; init; }

    /// <summary>When it ends, UTC ms since 1970; null where nobody vouched for the wall clock when it began.</summary>
    public long? EndsMs { get; init; }

    /// <summary>Whether it began in an earlier life of the machine. Then <see cref="EndsMs"/> ends it too.</summary>
    public bool IsOfEarlierBoot { get; init; }

    /// <summary>Whether it is what follows a calibration, until the probe hangs in the water again: nobody asked for it, and
    /// <c>calibration run --back-in-water</c> ends it.</summary>
    public bool IsAfterCalibration { get; init; }

    /// <summary>It, in a later life of the machine.</summary>
    /// <param name="now">The clocks.</param>
    /// <param name="left">What is left of it.</param>
    public MaintenancePeriod In(ClockReading now, TimeSpan left) =>
        this with { Boot = now.Boot, Ends = now.BootTime + left, IsOfEarlierBoot = true };

    /// <summary>It, in the same life of the machine, never longer than it was asked for, whatever the file says.</summary>
    /// <param name="now">The clocks.</param>
    public MaintenancePeriod Within(ClockReading now) =>
        Ends <= now.BootTime + Length ? this : this with { Ends = now.BootTime + Length };

    /// <summary>What is left of it.</summary>
    /// <param name="bootTime">The boot-time clock, in the same life of the machine.</param>
    public TimeSpan Left(TimeSpan bootTime) => Ends > bootTime ? Ends - bootTime : TimeSpan.Zero;
}
