namespace PondSentinel.Sensors.Buses;

/// <summary>Which line of this machine, and how it is set.</summary>
public abstract record LineSettings
{
    /// <summary>What kind of line it is.</summary>
    public abstract LineKind Kind { get; }

    /// <summary>Its name on this machine, which no two lines share, for example <c>/dev/i2c-1</c>.</summary>
    public abstract string Place { get; }

    /// <summary>Place and setting for people, for example <c>/dev/ttyAMA0, 9600 baud</c>.</summary>
    public virtual string Description => Place;
}
