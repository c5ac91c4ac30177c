import { enrollmentApi } from '@lib/api/enrollment.gen';

enrollmentApi.enhanceEndpoints({
  addTagTypes: ['Seats', 'MySeats', 'Home', 'Learning', 'Progress'],
  endpoints: {
    mySeats: { providesTags: ['MySeats'] },
    enrol: { invalidatesTags: ['MySeats', 'Home', 'Learning', 'Seats'] },
    withdraw: { invalidatesTags: ['MySeats', 'Home', 'Learning', 'Seats'] },
    seats: { providesTags: ['Seats'] },
    seatRules: { providesTags: ['Seats'] },
    grantSeat: { invalidatesTags: ['Seats', 'Progress'] },
    removeSeat: { invalidatesTags: ['Seats', 'Progress'] },
    updateSeatRules: { invalidatesTags: ['Seats'] },
    importSeats: { invalidatesTags: (_, __, { dryRun }) => (dryRun ? [] : ['Seats', 'Progress']) },
  },
});

export * from '@lib/api/enrollment.gen';
