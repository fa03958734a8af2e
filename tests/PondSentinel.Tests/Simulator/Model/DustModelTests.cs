using PondSentinel.Simulator.Model;

namespace PondSentinel.Tests.Simulator.Model;

public sealed class DustModelTests
{
    [Fact]
    public void Dust_rises_once_a_day_with_the_wind()
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var dust = new DustModel(seed);
            for (var minute = 0; minute < 24 * 60; minute++)
            {
                var at = TimeSpan.FromMinutes(minute);
                var air = dust.At(at);
                if (at <= Story.DustStart || at >= Story.DustEnd)
                {
                    Assert.InRange(air.Pm10MicrogramsPerCubicMetre, 50, 150);
                }
            }

            var peak = dust.At((Story.DustStart + Story.DustEnd) / 2);
            Assert.InRange(peak.Pm10MicrogramsPerCubicMetre, 400, 900);
            Assert.InRange(peak.WindMetresPerSecond, 10, 12);
            Assert.True(peak.Pm25MicrogramsPerCubicMetre < peak.Pm10MicrogramsPerCubicMetre / 3);
        }
    }
}
