namespace PondSentinel.Simulator.Demo;

/// <summary>What a person may choose about the demo.</summary>
internal sealed record DemoOptions
{
    /// <summary>Simulated seconds in a real second.</summary>
    public required double Speed { get; init; }

    /// <summary>The world; null for the one that the folder holds, else the first.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Port of the page; 0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Folder that keeps everything; null for one that is removed at the end.</summary>
    public string? Folder { get; init; }

    /// <summary>Simulated time at which it ends by itself; null for never.</summary>
    public TimeSpan? Until { get; init; }

    /// <summary>Whether a program reads what it prints: one JSON object a line.</summary>
    public bool Json { get; init; }
}

/// <summary>Something stands in the way of the demo. The message is one line that says what, where and what to do.</summary>
internal sealed class DemoObstacleException : Exception
{
    /// <summary>With the line for people.</summary>
    /// <param name="message">The line.</param>
    public DemoObstacleException(string message)
        : base(message)
    {
    }

    /// <summary>With the line for people and what is behind it.</summary>
    /// <param name="message">The line.</param>
    /// <param name="inner">What is behind it.</param>
    public DemoObstacleException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Without a line.</summary>
    public DemoObstacleException()
    {
    }
}
