using PondSentinel.Gateway.Time;

namespace PondSentinel.Tests.Gateway.Time;

public sealed class HardwareClockTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("pond-rtc-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Machine_without_one_has_no_time_of_it() => Assert.Null(new HardwareClock(root).SetTheKernelMs);

    [Fact]
    public void The_one_that_the_kernel_began_with_counts()
    {
        Add("rtc0", "0", "1750000000");
        Add("rtc1", "1", "1760000000");

        Assert.Equal(1_760_000_000_000, new HardwareClock(root).SetTheKernelMs);
    }

    [Fact]
    public void One_that_the_kernel_did_not_begin_with_vouches_for_nothing()
    {
        Add("rtc0", "0", "1760000000");

        Assert.Null(new HardwareClock(root).SetTheKernelMs);
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    public void One_that_says_nothing_of_use_has_no_time(string says)
    {
        Add("rtc0", "1", says);

        Assert.Null(new HardwareClock(root).SetTheKernelMs);
    }

    [Fact]
    public void One_that_cannot_be_read_has_no_time()
    {
        Directory.CreateDirectory(Path.Combine(root, "sys/class/rtc/rtc0"));

        Assert.Null(new HardwareClock(root).SetTheKernelMs);
    }

    [Fact]
    public void Timesyncd_says_nothing_of_the_way_to_its_server_and_half_a_second_is_added_for_it()
    {
        var without = new LinuxKernelClock(root).Discipline.ErrorMax;
        var mark = Directory.CreateDirectory(Path.Combine(root, "run/systemd/timesync")).FullName;
        File.WriteAllText(Path.Combine(mark, "synchronized"), "");
        var with = new LinuxKernelClock(root).Discipline.ErrorMax;

        // The kernel's own bound grows 500 ppm meanwhile, to 16 s at most.
        Assert.InRange(with - without, TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(600));
    }

    private void Add(string name, string setTheKernel, string sinceEpoch)
    {
        var rtc = Directory.CreateDirectory(Path.Combine(root, "sys/class/rtc", name)).FullName;
        File.WriteAllText(Path.Combine(rtc, "hctosys"), setTheKernel + "\n");
        File.WriteAllText(Path.Combine(rtc, "since_epoch"), sinceEpoch + "\n");
    }
}
