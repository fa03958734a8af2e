using PondSentinel.Gateway.Acquisition;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Measurements;
using PondSentinel.Sensors;

namespace PondSentinel.Tests.Gateway.Acquisition;

/// <summary>A device that does what the test says and remembers when it was asked.</summary>
internal sealed class ScriptedSensor(TimeProvider time, TimeSpan takes, Func<int, Reading> answer) : ISensor
{
    public List<DateTimeOffset> Asked { get; } = [];

    public int Forgotten { get; private set; }

    public void Forget() => Forgotten++;

    public async ValueTask<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        Asked.Add(time.GetUtcNow());
        var number = Asked.Count;
        await Task.Delay(takes, time, cancellationToken);
        return answer(number);
    }

    public static Reading Ph(double value) =>
        new Reading.Measured([new OutputReading("ph", new Measurement(Measurand.Ph, value), null)]);

    public static Reading Silent { get; } = new Reading.Failed(SensorFault.NoAnswer, "no byte within 1000 ms");

    public static PolledDevice Device(string id, TimeSpan interval, ISensor sensor, Band? urgent = null)
    {
        var channel = new ChannelOptions
        {
            Id = "ph",
            Output = "ph",
            Fail = new Band(0, 14),
            Suspect = new Band(4, 10),
            Urgent = urgent,
        };
        var options = new DeviceOptions
        {
            Id = id,
            Station = "pond-a",
            Bus = "rs485",
            Model = "probe",
            Address = 1,
            Interval = interval,
            Channels = [channel],
        };
        return new PolledDevice(options, [new PolledChannel(channel, Measurand.Ph)], sensor, "rs485 address 1");
    }
}
