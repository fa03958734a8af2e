using PondSentinel.Sensors.Buses.Gpio;

namespace PondSentinel.Tests.Sensors;

/// <summary>One GPIO line in the hand of a test.</summary>
internal sealed class ScriptedGpio : IGpioLines
{
    private Action<bool>? onEdge;

    public string Place => "/dev/gpiochip0";

    /// <summary>Its level.</summary>
    public bool IsHigh { get; set; } = true;

    /// <summary>What watching and reading say, where they shall fail.</summary>
    public string? Fault { get; set; }

    /// <summary>What was asked for: line and pull.</summary>
    public List<(int Line, GpioPull Pull)> Watched { get; } = [];

    /// <summary>The lines that were left.</summary>
    public List<int> Left { get; } = [];

    public string? Watch(int line, GpioPull pull, Action<bool> onEdge)
    {
        if (Fault is null)
        {
            Watched.Add((line, pull));
            this.onEdge = onEdge;
        }

        return Fault;
    }

    public (bool IsHigh, string? Fault) Read(int line)
    {
        onEdge = Fault is null ? onEdge : null;
        return (IsHigh, Fault);
    }

    public void Leave(int line)
    {
        Left.Add(line);
        onEdge = null;
    }

    /// <summary>Changes the level.</summary>
    public void Turn(bool high)
    {
        IsHigh = high;
        onEdge?.Invoke(high);
    }

    public void Dispose() => onEdge = null;
}

/// <summary>What a driver keeps, in memory.</summary>
internal sealed class ScriptedMemory : PondSentinel.Sensors.IDeviceMemory
{
    /// <summary>What is kept.</summary>
    public string? Text { get; set; }

    /// <summary>What reading and writing say, where they shall fail.</summary>
    public string? Failure { get; set; }

    /// <summary>Times that something was written.</summary>
    public int Writes { get; private set; }

    public string? Read(out string? failure)
    {
        failure = Failure;
        return Failure is null ? Text : null;
    }

    public string? Write(string text)
    {
        if (Failure is null)
        {
            Text = text;
            Writes++;
        }

        return Failure;
    }
}
