using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Backend.Storage;

/// <summary>What a store at the end of a thin link costs, and that whatever the link carries at all gets through.</summary>
public sealed class SlowStoreTests
{
    private static readonly (string Device, string Channel, Measurand Measurand)[] Channels =
    [
        ("upstream", "ph", Measurand.Ph),
        ("upstream", "temperature", Measurand.WaterTemperature),
        ("upstream", "nh4n", Measurand.AmmoniumNitrogen),
        ("downstream", "ph", Measurand.Ph),
        ("downstream", "temperature", Measurand.WaterTemperature),
        ("downstream", "nh4n", Measurand.AmmoniumNitrogen),
        ("downstream", "turbidity", Measurand.TurbidityNtu),
        ("yard", "pm25", Measurand.Pm25),
        ("yard", "pm10", Measurand.Pm10),
    ];

    [Fact]
    public async Task Group_that_the_link_cannot_carry_in_one_request_gets_through_and_each_key_once()
    {
        using var server = new SlowInflux { BytesPerSecond = 500, Latency = TimeSpan.FromMilliseconds(800) };
        var points = Points(300);
        var write = await server.WriteAsync(points);
        Assert.Empty(write.Left);
        Assert.Empty(write.Refused);
        Assert.Equal(points.Count, server.Applied.Count);
        Assert.InRange(server.BrokenOff, 1, 4);
        Assert.Contains(server.Applied.Values, times => times > 1); // Applied late, and again.

        // From now on it knows.
        var before = (server.BrokenOff, server.Requests.Count);
        await server.WriteAsync(Points(60, begin: 300));
        Assert.Equal(before.BrokenOff, server.BrokenOff);
        Assert.Equal(360 * Channels.Length, server.Applied.Count);
    }

    [Fact]
    public async Task What_was_taken_is_not_sent_again_because_a_later_request_is_not_answered()
    {
        using var server = new SlowInflux();
        server.Answering = request => server.BytesPerSecond = request == 1 ? 1 : int.MaxValue;
        await server.WriteAsync(Points(300));
        Assert.Equal(1, server.BrokenOff);
        Assert.Equal(2_700, server.Applied.Count);

        // The first request was answered; the second was not, and is applied late.
        Assert.Equal([625, 1_250, 625], server.Requests.Take(3));
        Assert.Equal(1_250, server.Applied.Values.Count(times => times == 2));
    }

    [Fact]
    public async Task Series_that_is_known_to_be_refused_costs_one_request()
    {
        using var server = new SlowInflux { Refuses = line => line.StartsWith("turbidity_ntu,", StringComparison.Ordinal) };
        var found = await server.WriteAsync(Points(60));
        Assert.Equal(60, found.Refused.Count);
        Assert.InRange(server.Requests.Count, 2, 10);

        server.Requests.Clear();
        var known = await server.WriteAsync(Points(60, begin: 60));
        Assert.Equal(60, known.Refused.Count);
        Assert.Equal([480, 60], server.Requests);
        Assert.Equal(960, server.Applied.Count);
    }

    [Fact]
    public async Task Series_that_is_mended_is_suspected_no_more_and_none_for_longer_than_an_hour()
    {
        using var server = new SlowInflux { Refuses = line => line.StartsWith("turbidity_ntu,", StringComparison.Ordinal) };
        await server.WriteAsync(Points(60));
        server.Refuses = _ => false;
        server.Requests.Clear();
        Assert.Empty((await server.WriteAsync(Points(60, begin: 60))).Refused);
        await server.WriteAsync(Points(60, begin: 120));
        Assert.Equal([480, 60, 540], server.Requests);

        server.Refuses = line => line.StartsWith("turbidity_ntu,", StringComparison.Ordinal);
        await server.WriteAsync(Points(60, begin: 180));
        server.Refuses = _ => false;
        server.Requests.Clear();
        server.Time.Advance(TimeSpan.FromHours(1));
        await server.WriteAsync(Points(60, begin: 240));
        Assert.Equal([540], server.Requests);
    }

    [Fact]
    public async Task Missing_values_of_a_refused_series_go_with_the_others()
    {
        using var server = new SlowInflux
        {
            Refuses = line => line.StartsWith("turbidity_ntu,", StringComparison.Ordinal) && line.Contains(" value=", StringComparison.Ordinal),
        };
        await server.WriteAsync(Points(60));
        server.Requests.Clear();
        var points = Points(60, begin: 60).ConvertAll(point =>
            point.Sequence % 2 == 0 ? point with { Value = point.Value with { Value = null, Flag = QualityFlag.Missing } } : point);
        Assert.Equal(30, (await server.WriteAsync(points)).Refused.Count);
        Assert.Equal([510, 30], server.Requests);
    }

    [Fact]
    public async Task Minute_of_nine_channels_with_a_refused_series_is_stored_within_a_minute_at_2_kB_a_second()
    {
        using var server = new SlowInflux
        {
            BytesPerSecond = 2000,
            Latency = TimeSpan.FromMilliseconds(800),
            Refuses = line => line.StartsWith("turbidity_ntu,", StringComparison.Ordinal),
        };
        for (var minute = 0; minute < 5; minute++)
        {
            var begun = server.Time.GetTimestamp();
            await server.WriteAsync(Points(60, begin: minute * 60));
            var took = server.Time.GetElapsedTime(begun);
            TestContext.Current.TestOutputHelper!.WriteLine($"{took.TotalSeconds:0.0} s, {server.Requests.Count} requests");
            Assert.InRange(took.TotalSeconds, 1, 60);
        }

        Assert.Equal(5 * 60 * 8, server.Applied.Count);
    }

    [Fact]
    public async Task Requests_grow_again_where_the_server_is_quick_again()
    {
        using var server = new SlowInflux { BytesPerSecond = 100 };
        await server.WriteAsync(Points(60));
        Assert.True(server.Requests[^1] <= 100);
        server.BytesPerSecond = int.MaxValue;
        server.Requests.Clear();
        await server.WriteAsync(Points(2_000, begin: 60));
        Assert.Equal(18_000, server.Requests.Sum());
        Assert.Equal(RequestSize.LinesMax, server.Requests.Max());
    }

    [Fact]
    public async Task Way_that_is_long_makes_requests_no_smaller_than_is_worth_while()
    {
        using var server = new SlowInflux { Latency = TimeSpan.FromSeconds(3) };
        await server.WriteAsync(Points(60));
        await server.WriteAsync(Points(60, begin: 60));
        Assert.Equal(64, server.Requests.Skip(4).SkipLast(1).Min());
        Assert.Equal(0, server.BrokenOff);
    }

    [Fact]
    public async Task Request_that_was_too_large_is_not_made_again_for_an_hour()
    {
        using var server = new SlowInflux { LinesMax = 1_000 };
        await server.WriteAsync(Points(1_000));
        Assert.Single(server.Requests, lines => lines > 1_000);
        server.Time.Advance(TimeSpan.FromHours(1));
        server.LinesMax = int.MaxValue;
        await server.WriteAsync(Points(2_000, begin: 1_000));
        Assert.Equal(RequestSize.LinesMax, server.Requests.Max());
    }

    private static List<Point> Points(int seconds, int begin = 0)
    {
        var random = new Random(begin);
        return
        [
            .. from second in Enumerable.Range(begin, seconds)
               from at in Enumerable.Range(0, Channels.Length)
               let channel = Channels[at]
               let sequence = (second * (long)Channels.Length) + at
               select new Point
               {
                   Measurand = channel.Measurand,
                   Site = "zudong",
                   Station = "pond",
                   Gateway = "gz-07",
                   Device = channel.Device,
                   Channel = channel.Channel,
                   TimeNs = Point.KeyNs(1_767_225_600_000 + (second * 1000), sequence),
                   Epoch = "7q2mzk4a",
                   Sequence = sequence,
                   Clock = ClockSource.Ntp,
                   Value = new ChannelValue
                   {
                       Channel = channel.Channel,
                       Measurand = channel.Measurand,
                       Value = Math.Round(random.NextDouble() * 10, 2),
                       Raw = Math.Round(random.NextDouble() * 10, 3),
                       Flag = QualityFlag.Good,
                   },
               },
        ];
    }
}
