namespace PondSentinel.Simulator.Devices.Twins;

/// <summary>What hangs on a line of a <see cref="VirtualGpio"/>. Its time is in the hand of whoever steps it. Not thread-safe.</summary>
internal interface IGpioTwin
{
    /// <summary>Number of its line.</summary>
    int Line { get; }

    /// <summary>Whether its line is high.</summary>
    bool IsHigh { get; }

    /// <summary>Whether its chip is gone.</summary>
    bool IsGone { get; }

    /// <summary>When something happens next.</summary>
    TimeSpan NextAt { get; }

    /// <summary>Lets happen what happens at <see cref="NextAt"/>.</summary>
    void Step();

    /// <summary>Tells somebody of its edges from now on.</summary>
    /// <param name="told">Told of each edge, with whether the line is high after it.</param>
    /// <param name="now">Now.</param>
    void Watch(Action<bool> told, TimeSpan now);

    /// <summary>Tells nobody any more.</summary>
    void Leave();

    /// <summary>Somebody looks at the line.</summary>
    /// <param name="now">Now.</param>
    void Note(TimeSpan now);
}
